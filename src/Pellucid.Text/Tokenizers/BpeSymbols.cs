using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>The first step of BPE: the ids of a word's single characters.</summary>
internal sealed class BpeSymbols
{
    private readonly Vocabulary _vocabulary;
    private readonly BpeSpelling _spelling;
    private readonly Dictionary<int, int>[] _characters = [[], [], [], []]; // scalar value -> id; by whether the word goes on before and after
    private readonly int[]? _bytes;

    public BpeSymbols(Vocabulary vocabulary, BpeSpelling spelling)
    {
        (_vocabulary, _spelling) = (vocabulary, spelling);
        var (prefix, marker) = (spelling.ContinuingPrefix ?? "", spelling.EndMarker ?? "");
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary.Pieces[id] is not { } piece || vocabulary.IsSpecial(id)) continue;
            for (var place = 0; place < 4; place++)
            {
                var (before, after) = ((place & 1) != 0 ? prefix : "", (place & 2) == 0 ? marker : "");
                if (piece.StartsWith(before, StringComparison.Ordinal) && piece.EndsWith(after, StringComparison.Ordinal)
                    && piece.Length > before.Length + after.Length && IsOneCharacter(piece.AsSpan()[before.Length..^after.Length], out var rune))
                    _characters[place][rune.Value] = id;
            }
        }
        if (spelling.Metaspace)
            foreach (var characters in _characters)
                if (characters.Remove(Spacing.MetaspaceCharacter, out var space)) characters[' '] = space;
        if (spelling.ByteFallback)
            _bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.TryGetId(Vocabulary.BytePiece((byte)value), out var id) ? id : -1)];
    }

    /// <summary>Whether an unknown token after an unknown token is left out.</summary>
    public bool IsFused(int before, int id) => _spelling.FuseUnknown && id == before && id == _vocabulary.UnknownIdOrNone;

    /// <summary>At most 4 ids (bytes) for one character; none for an unknown one where there is no unknown token.</summary>
    public int Write(Rune rune, bool first, bool last, Span<int> ids)
    {
        if (_characters[(first ? 0 : 1) + (last ? 0 : 2)].TryGetValue(rune.Value, out ids[0])) return 1;
        if (_bytes is not null)
        {
            Span<byte> utf8 = stackalloc byte[4];
            var count = rune.EncodeToUtf8(utf8);
            var missing = false;
            for (var i = 0; i < count; i++) missing |= (ids[i] = _bytes[utf8[i]]) < 0;
            if (!missing) return count;
        }
        ids[0] = _vocabulary.UnknownIdOrNone;
        return ids[0] < 0 ? 0 : 1;
    }

    /// <summary>The characters of <paramref name="word"/> that each of its ids stands for; for a byte, those of its character.</summary>
    public void AddRanges(ReadOnlySpan<char> word, ReadOnlySpan<int> ids, List<TextSpan> ranges)
    {
        if (ids.Length == 1 && _vocabulary.UnknownIdOrNone >= 0) // no character is left out
        {
            ranges.Add(new(0, word.Length));
            return;
        }
        Span<int> symbols = stackalloc int[4];
        var (at, byteCount) = (0, 0); // how many more bytes the character has that stands before
        var lastRange = default(TextSpan);
        foreach (var id in ids)
        {
            if (byteCount > 0)
            {
                byteCount--;
                ranges.Add(lastRange);
                continue;
            }
            var isText = _vocabulary.ByteValue(id) < 0 && id != _vocabulary.UnknownIdOrNone;
            var left = isText ? _vocabulary[id].Length : 0; // of the piece's spelling
            var start = -1;
            for (var isFirst = true; at < word.Length && (isFirst || left > 0 || !isText && Fuses(word, at, id, symbols));)
            {
                var count = Next(word, at, symbols, out var length);
                if (count > 0)
                {
                    if (start < 0) start = at;
                    left -= _vocabulary[symbols[0]].Length - (isFirst ? 0 : _spelling.ContinuingPrefix?.Length ?? 0);
                    byteCount = count - 1;
                    isFirst = false;
                }
                at += length;
            }
            lastRange = TextSpan.Between(start < 0 ? at : start, at);
            ranges.Add(lastRange);
        }
    }

    private bool Fuses(ReadOnlySpan<char> word, int at, int id, Span<int> symbols) =>
        _spelling.FuseUnknown && id == _vocabulary.UnknownIdOrNone && Next(word, at, symbols, out _) == 1 && symbols[0] == id;

    private int Next(ReadOnlySpan<char> word, int at, Span<int> symbols, out int length)
    {
        _ = Rune.DecodeFromUtf16(word[at..], out var rune, out length);
        return Write(rune, at == 0, at + length == word.Length, symbols);
    }

    private static bool IsOneCharacter(ReadOnlySpan<char> piece, out Rune rune)
    {
        _ = Rune.DecodeFromUtf16(piece, out rune, out var length);
        return length == piece.Length && length > 0;
    }
}
