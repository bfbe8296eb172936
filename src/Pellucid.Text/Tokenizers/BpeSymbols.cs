using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>The first step of BPE: the ids of a word's single characters.</summary>
internal sealed class BpeSymbols
{
    private readonly Vocabulary _vocabulary;
    private readonly bool _metaspace;
    private readonly Dictionary<int, int> _characters = []; // scalar value -> id
    private readonly Dictionary<int, int> _endings = [];    // scalar value at the end of a word -> id
    private readonly int[]? _bytes;

    public BpeSymbols(Vocabulary vocabulary, Spacing spacing, bool byteFallback)
    {
        _vocabulary = vocabulary;
        _metaspace = spacing is Spacing.Metaspace;
        var marker = (spacing as Spacing.EndOfWord)?.Marker;
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary.IsSpecial(id)) continue;
            var piece = vocabulary[id];
            if (IsOneCharacter(piece, out var rune)) _characters[rune.Value] = id;
            if (marker is not null && piece.EndsWith(marker, StringComparison.Ordinal)
                && IsOneCharacter(piece.AsSpan(0, piece.Length - marker.Length), out rune))
                _endings[rune.Value] = id;
        }
        if (marker is null) _endings = _characters;
        if (_metaspace)
        {
            _characters[' '] = _characters[Spacing.MetaspaceCharacter];
            _characters.Remove(Spacing.MetaspaceCharacter);
        }
        if (byteFallback) _bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(Vocabulary.BytePiece((byte)value)))];
    }

    /// <summary>At most 4 ids (bytes) for one character.</summary>
    public int Write(Rune rune, bool last, Span<int> ids)
    {
        if ((last ? _endings : _characters).TryGetValue(rune.Value, out ids[0])) return 1;
        if (_bytes is null)
        {
            ids[0] = _vocabulary.UnknownId;
            return 1;
        }
        Span<byte> utf8 = stackalloc byte[4];
        var count = rune.EncodeToUtf8(utf8);
        for (var i = 0; i < count; i++) ids[i] = _bytes[utf8[i]];
        return count;
    }

    /// <summary>How many characters of <paramref name="rest"/> the token at its start stands for; for a byte, those of its character.</summary>
    public int PieceLength(ReadOnlySpan<char> rest, int id)
    {
        if (id == _vocabulary.UnknownId || _vocabulary.ByteValue(id) >= 0)
        {
            _ = Rune.DecodeFromUtf16(rest, out _, out var length);
            return length;
        }
        return Math.Min(_vocabulary[id].Length, rest.Length);
    }

    private static bool IsOneCharacter(ReadOnlySpan<char> piece, out Rune rune)
    {
        _ = Rune.DecodeFromUtf16(piece, out rune, out var length);
        return length == piece.Length && length > 0;
    }
}
