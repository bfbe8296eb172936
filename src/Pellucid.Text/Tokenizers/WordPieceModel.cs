using System.Text;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// WordPiece: from left to right, the longest piece that the rest of the word begins with; pieces inside a word are spelled with a
/// prefix. A word that cannot be cut so to its end is unknown as a whole. Devlin et al. 2019 (BERT), after Wu et al. 2016, section 4.1.
/// </summary>
public sealed class WordPieceModel : TokenizerModel
{
    private readonly PieceArray _trie;
    private readonly int _inside; // where the prefix leads to, or None

    /// <param name="vocabulary">The pieces, with an unknown token.</param>
    /// <param name="continuingPrefix">Stands before every piece that does not begin a word; may be empty.</param>
    /// <param name="longestWord">Words of more characters (Unicode scalar values) are unknown.</param>
    /// <exception cref="TokenizerException">There is no unknown token, or a piece is too long.</exception>
    internal WordPieceModel(Vocabulary vocabulary, string continuingPrefix = "##", int longestWord = 100) : base(vocabulary)
    {
        if (vocabulary.UnknownIdOrNone < 0) throw new TokenizerException("a WordPiece vocabulary needs a token for unknown words, and this one has none");
        ContinuingPrefix = continuingPrefix;
        LongestWord = longestWord;
        var pieces = new List<(string Text, int Piece)>(vocabulary.Count);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary.Pieces[id] is not { } piece || vocabulary.IsSpecial(id)) continue;
            if (PieceLength.Fault(piece) is { } fault) throw new TokenizerException(FormattableString.Invariant($"piece {id} of the vocabulary {fault}"));
            pieces.Add((piece, id));
        }
        _trie = new(pieces);
        _inside = PieceArray.Root;
        foreach (var character in continuingPrefix)
            if (_inside != PieceArray.None && !_trie.TryStep(ref _inside, character, out _)) _inside = PieceArray.None;
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
        for (var at = 0; at < word.Length;)
        {
            var length = Longest(word[at..], at == 0 ? PieceArray.Root : _inside, out var id);
            if (length == 0) return false;
            ids.Add(id);
            ranges?.Add(new(at, length));
            at += length;
        }
        return true;
    }

    private int Longest(ReadOnlySpan<char> rest, int node, out int id)
    {
        var length = 0;
        id = PieceArray.None;
        if (node == PieceArray.None) return 0;
        for (var i = 0; i < rest.Length && _trie.TryStep(ref node, rest[i], out var piece); i++)
            if (piece != PieceArray.None) (length, id) = (i + 1, piece);
        return length;
    }

    private static int Characters(ReadOnlySpan<char> word)
    {
        var count = 0;
        foreach (var _ in word.EnumerateRunes()) count++;
        return count;
    }
}
