using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>Finds added tokens in a text: from left to right, the longest of those that begin at a place.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, (string Spelling, AddedToken Token)[]> _byFirst;

    /// <param name="tokens">Each with the spelling to look for, which is not empty.</param>
    public AddedTokenSplitter(IEnumerable<(string Spelling, AddedToken Token)> tokens) =>
        _byFirst = tokens.Where(entry => entry.Spelling.Length > 0).GroupBy(entry => entry.Spelling[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(entry => entry.Spelling.Length).ToArray());

    public bool IsEmpty => _byFirst.Count == 0;

    /// <summary>The text in order: ranges with their token, and what lies between with null. Together they cover the text.</summary>
    public List<(TextSpan Span, AddedToken? Token)> Split(string text)
    {
        var parts = new List<(TextSpan, AddedToken?)>();
        var done = 0;
        for (var at = 0; at < text.Length;)
        {
            if (!_byFirst.TryGetValue(text[at], out var candidates)
                || Array.Find(candidates, entry => string.CompareOrdinal(text, at, entry.Spelling, 0, entry.Spelling.Length) == 0) is not { Token: { } token } found)
            {
                at++;
                continue;
            }
            int start = at, end = at + found.Spelling.Length;
            at = end;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end)))) continue;
            if (token.StripLeft) while (start > done && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.StripRight) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (start > done) parts.Add((TextSpan.Between(done, start), null));
            parts.Add((TextSpan.Between(start, end), token));
            done = at = end;
        }
        if (done < text.Length) parts.Add((TextSpan.Between(done, text.Length), null));
        return parts;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && WordCharacter.Is(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && WordCharacter.Is(rune);
}
