using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// WordPiece: from left to right, the longest piece that the rest of the word begins with; pieces inside a word are spelled with a
/// prefix. A word that cannot be cut so to its end is unknown as a whole. Devlin et al. 2019 (BERT), after Wu et al. 2016, section 4.1.
/// </summary>
public sealed class WordPieceModel : TokenizerModel
{
    private readonly int _longestPiece;

    /// <param name="vocabulary">The pieces, with an unknown token.</param>
    /// <param name="continuingPrefix">Stands before every piece that does not begin a word; may be empty.</param>
    /// <param name="longestWord">Words of more characters (Unicode scalar values) are unknown.</param>
    /// <exception cref="TokenizerException">There is no unknown token.</exception>
    internal WordPieceModel(Vocabulary vocabulary, string continuingPrefix = "##", int longestWord = 100) : base(vocabulary)
    {
        if (vocabulary.UnknownIdOrNone < 0) throw new TokenizerException("a WordPiece vocabulary needs a token for unknown words, and this one has none");
        ContinuingPrefix = continuingPrefix;
        LongestWord = longestWord;
        _longestPiece = vocabulary.Pieces.Max(piece => piece?.Length ?? 0);
    }

    /// <summary>What stands before every piece that does not begin a word.</summary>
    public string ContinuingPrefix { get; }

    /// <summary>Words of more characters are unknown.</summary>
    public int LongestWord { get; }

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        int firstId = ids.Count, firstRange = ranges?.Count ?? 0;
        if (TryCut(word, ids, ranges)) return;
        ids.RemoveRange(firstId, ids.Count - firstId);
        ids.Add(Vocabulary.UnknownId);
        ranges?.RemoveRange(firstRange, ranges.Count - firstRange);
        ranges?.Add(new(0, word.Length));
    }

    private bool TryCut(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        // A character has one or two UTF-16 units: only between the two bounds must they be counted.
        if (word.Length > LongestWord && (word.Length > 2L * LongestWord || Characters(word) > LongestWord)) return false;
        var most = Math.Max(_longestPiece, ContinuingPrefix.Length);
        Span<char> buffer = most <= 256 ? stackalloc char[256] : new char[most];
        ContinuingPrefix.CopyTo(buffer);
        for (var at = 0; at < word.Length;)
        {
            var length = Longest(word[at..], at == 0 ? 0 : ContinuingPrefix.Length, buffer[..most], out var id);
            if (length == 0) return false;
            ids.Add(id);
            ranges?.Add(new(at, length));
            at += length;
        }
        return true;
    }

    // The buffer begins with the prefix and is as long as the longest piece.
    private int Longest(ReadOnlySpan<char> rest, int prefix, Span<char> buffer, out int id)
    {
        var length = Math.Min(rest.Length, buffer.Length - prefix);
        if (prefix > 0 && length > 0) rest[..length].CopyTo(buffer[prefix..]);
        for (; length > 0; length--)
        {
            var piece = prefix > 0 ? buffer[..(prefix + length)] : rest[..length];
            if (Vocabulary.TryGetId(piece, out id) && !Vocabulary.IsSpecial(id)) return length;
        }
        id = -1;
        return 0;
    }

    private static int Characters(ReadOnlySpan<char> word)
    {
        var count = 0;
        foreach (var _ in word.EnumerateRunes()) count++;
        return count;
    }
}
