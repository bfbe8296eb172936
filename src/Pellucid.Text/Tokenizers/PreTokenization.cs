using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers;

/// <summary>A text on its way through the pre-tokenizers.</summary>
internal sealed class PreTokenization(NormalizedText text, bool atStart)
{
    /// <summary>The text that the words are ranges of. Who changes it changes <see cref="Words"/> with it.</summary>
    public NormalizedText Text { get; set; } = text;

    /// <summary>The words so far, in order; at first the whole text is one.</summary>
    public List<TextSpan> Words { get; set; } = text.Text.Length == 0 ? [] : [new(0, text.Text.Length)];

    /// <summary>Whether this is the first section of the text that is encoded: no added token stands before it.</summary>
    public bool AtStart => atStart;
}
