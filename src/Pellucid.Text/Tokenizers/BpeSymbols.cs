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

    /// <summary>The characters of <paramref name="word"/> that each of its ids stands for; for a byte, those of its character.</summary>
    public void AddRanges(ReadOnlySpan<char> word, ReadOnlySpan<int> ids, List<TextSpan> ranges)
    {
        var at = 0;
        var bytesLeft = 0; // of a character spelled in bytes
        foreach (var id in ids)
        {
            var isByte = _bytes is not null && _vocabulary.ByteValue(id) >= 0;
            int length;
            if (isByte || id == _vocabulary.UnknownIdOrNone)
            {
                _ = Rune.DecodeFromUtf16(word[at..], out var rune, out length);
                if (isByte && bytesLeft == 0) bytesLeft = rune.Utf8SequenceLength;
            }
            else
            {
                length = Math.Min(_vocabulary[id].Length, word.Length - at); // an end-of-word marker stands for no character
            }
            ranges.Add(new(at, length));
            if (isByte && --bytesLeft > 0) continue;
            at += length;
        }
    }

    private static bool IsOneCharacter(ReadOnlySpan<char> piece, out Rune rune)
    {
        _ = Rune.DecodeFromUtf16(piece, out rune, out var length);
        return length == piece.Length && length > 0;
    }
}
