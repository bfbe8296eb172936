using System.Buffers;
using System.Text;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>Finds added tokens in a text: from left to right, the longest of those that begin at a place.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly PieceTrie _spellings = new();
    private readonly List<AddedToken> _tokens = [];
    private readonly SearchValues<char> _firsts;

    /// <param name="tokens">Each with the spelling to look for; an empty one is nowhere, and of two with the same the first counts.</param>
    public AddedTokenSplitter(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        var firsts = new HashSet<char>();
        foreach (var (spelling, token) in tokens.DistinctBy(entry => entry.Spelling, StringComparer.Ordinal))
        {
            if (spelling.Length == 0) continue;
            firsts.Add(spelling[0]);
            _spellings.Add(spelling, _tokens.Count);
            _tokens.Add(token);
        }
        _firsts = SearchValues.Create([.. firsts]);
    }

    public bool IsEmpty => _tokens.Count == 0;

    /// <summary>The text in order: ranges with their token, and what lies between with null. Together they cover the text.</summary>
    public List<(TextSpan Span, AddedToken? Token)> Split(string text)
    {
        var parts = new List<(TextSpan, AddedToken?)>();
        var done = 0;
        for (var at = 0; text.AsSpan(at).IndexOfAny(_firsts) is >= 0 and var distance;)
        {
            var start = at + distance;
            var length = _spellings.Longest(text.AsSpan(start), out var number);
            if (length == 0)
            {
                at = start + 1;
                continue;
            }
            var token = _tokens[number];
            var end = at = start + length;
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
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && WordCharacter.Is(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && WordCharacter.Is(rune);
}
