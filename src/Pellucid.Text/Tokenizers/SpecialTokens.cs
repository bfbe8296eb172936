namespace Pellucid.Text.Tokenizers;

/// <summary>
/// The pieces that stand for no text. A tokenizer trained here has all four, with the ids 0, 1, 2, 3, and then the additional ones;
/// one of another make may lack some (null): GPT-2 has no padding.
/// </summary>
public sealed record SpecialTokens
{
    public string? Padding { get; init; } = "<pad>";
    public string? BeginOfSentence { get; init; } = "<s>";
    public string? EndOfSentence { get; init; } = "</s>";
    public string? Unknown { get; init; } = "<unk>";

    /// <summary>More of them, a target language tag for example; they follow the four.</summary>
    public IReadOnlyList<string> Additional { get; init; } = [];

    /// <summary>None at all.</summary>
    public static SpecialTokens None { get; } = new() { Padding = null, BeginOfSentence = null, EndOfSentence = null, Unknown = null };

    /// <summary>Each of them once: the roles that there are, in the order above, then the additional ones.</summary>
    public IReadOnlyList<string> All =>
        [.. ((string?[])[Padding, BeginOfSentence, EndOfSentence, Unknown]).OfType<string>().Concat(Additional).Distinct(StringComparer.Ordinal)];
}
