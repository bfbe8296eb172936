namespace Pellucid.Text.Tokenizers;

/// <summary>The pieces that stand for no text. Their ids are 0, 1, 2, 3 and on, in this order.</summary>
public sealed record SpecialTokens
{
    public string Padding { get; init; } = "<pad>";
    public string BeginOfSentence { get; init; } = "<s>";
    public string EndOfSentence { get; init; } = "</s>";
    public string Unknown { get; init; } = "<unk>";

    /// <summary>More of them, a target language tag for example; they follow the four.</summary>
    public IReadOnlyList<string> Additional { get; init; } = [];

    /// <summary>All of them in the order of their ids.</summary>
    public IReadOnlyList<string> All => [Padding, BeginOfSentence, EndOfSentence, Unknown, .. Additional];
}
