namespace Pellucid.Text.Tokenizers;

/// <summary>A text as tokens: one id, one piece and one range of the source text for each.</summary>
/// <param name="Ids">T ids; without begin and end of sentence unless special tokens were asked for.</param>
/// <param name="Pieces">The T pieces as the vocabulary spells them.</param>
/// <param name="Offsets">
/// T ranges in the source text, in UTF-16 characters. The pieces of one character's bytes share its range;
/// the space set before the first word has none of its own (length 0 if it is a piece by itself).
/// </param>
public sealed record TokenEncoding(int[] Ids, string[] Pieces, TextSpan[] Offsets)
{
    /// <summary>T numbers: which of a pair of texts each token belongs to, as the tokenizer's post-processor numbers them; 0 and 1 without one.</summary>
    public int[] TypeIds { get; init; } = new int[Ids.Length];

    internal TokenEncoding WithType(int type)
    {
        var types = new int[Ids.Length];
        Array.Fill(types, type);
        return this with { TypeIds = types };
    }

    internal static TokenEncoding Concat(IReadOnlyList<TokenEncoding> parts) =>
        new([.. parts.SelectMany(part => part.Ids)], [.. parts.SelectMany(part => part.Pieces)], [.. parts.SelectMany(part => part.Offsets)])
        {
            TypeIds = [.. parts.SelectMany(part => part.TypeIds)],
        };
}
