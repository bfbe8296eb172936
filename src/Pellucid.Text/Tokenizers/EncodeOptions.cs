namespace Pellucid.Text.Tokenizers;

/// <summary>What encoding does beside cutting the text into pieces.</summary>
public sealed record EncodeOptions
{
    /// <summary>Whether the tokens that the format puts around a text (<c>[CLS]</c>, <c>[SEP]</c>) are added.</summary>
    public bool AddSpecial { get; init; }

    /// <summary>
    /// Whether special tokens are read out of the text, as the tokenizer's file has it. Say false for text of strangers, so that
    /// none of them can write a control token. Added tokens that are not special are ordinary text, and always read.
    /// </summary>
    public bool ReadSpecialTokens { get; init; } = true;
}
