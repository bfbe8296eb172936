using System.Text;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Byte-pair encoding in SentencePiece's way: two neighbours join if what they spell is a piece, the pair whose piece has the greatest
/// score first, the leftmost among equals; there is no list of merges. User-defined symbols take part in none. Characters alone
/// (SentencePiece's char models) are the same without joining.
/// </summary>
public sealed class SentencePieceBpeModel : SentencePieceModel
{
    private readonly Dictionary<string, int> _pieces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly PieceTrie? _symbols; // user-defined
    private readonly bool _joins;
    private readonly bool _hasUnused;
    private readonly SegmentationCache _cache = new();

    internal SentencePieceBpeModel(Vocabulary vocabulary, IReadOnlyList<ModelPiece> pieces, TrainerSpec trainer) : base(vocabulary, pieces, trainer)
    {
        _joins = trainer.Kind == ModelKind.Bpe;
        for (var id = 0; id < pieces.Count; id++)
        {
            if (!IsFindable(id)) continue;
            _pieces.Add(pieces[id].Text, id);
            if (pieces[id].Type == PieceType.UserDefined) (_symbols ??= new PieceTrie()).Add(pieces[id].Text, id);
            _hasUnused |= pieces[id].Type == PieceType.Unused;
        }
        _lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    private protected override void Segment(ReadOnlySpan<char> word, ref Run run)
    {
        if (word.Length > SegmentationCache.LongestWord || !CutsWords || _hasUnused)
        {
            run.Add(Join(word), word);
            return;
        }
        var entry = _cache.Find(word, out var place);
        if (entry.IsEmpty) entry = _cache.Set(place, word, Join(word), 0);
        run.Add(entry.Pieces, word);
    }

    private record struct Symbol(int Start, int Length, int Previous, int Next, bool Frozen);

    private record struct Pair(int Left, int Right, int Length, int Piece);

    private int[] Join(ReadOnlySpan<char> text)
    {
        var symbols = Split(text);
        var queue = new PriorityQueue<Pair, ulong>();
        Dictionary<int, int>? halves = _hasUnused ? [] : null; // of an unused piece: the length of its left part
        for (var i = 1; _joins && i < symbols.Length; i++) Offer(text, symbols, i - 1, i, queue, halves);
        while (queue.TryDequeue(out var pair, out _))
        {
            ref var left = ref symbols[pair.Left];
            ref var right = ref symbols[pair.Right];
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length) continue;
            left.Length = pair.Length;
            left.Next = right.Next;
            if (right.Next >= 0) symbols[right.Next].Previous = pair.Left;
            right.Length = 0;
            Offer(text, symbols, left.Previous, pair.Left, queue, halves);
            Offer(text, symbols, pair.Left, left.Next, queue, halves);
        }
        var ids = new List<int>(symbols.Length);
        for (var i = symbols.Length > 0 ? 0 : -1; i >= 0; i = symbols[i].Next) Give(text.Slice(symbols[i].Start, symbols[i].Length), halves, ids);
        return [.. ids];
    }

    private Symbol[] Split(ReadOnlySpan<char> text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = _symbols?.Longest(text[at..], out _) ?? 0;
            var frozen = length > 0;
            if (!frozen) _ = Rune.DecodeFromUtf16(text[at..], out _, out length);
            symbols.Add(new(at, length, symbols.Count - 1, at + length < text.Length ? symbols.Count + 1 : -1, frozen));
            at += length;
        }
        return [.. symbols];
    }

    private void Offer(ReadOnlySpan<char> text, Symbol[] symbols, int left, int right, PriorityQueue<Pair, ulong> queue, Dictionary<int, int>? halves)
    {
        if (left < 0 || right < 0 || symbols[left].Frozen || symbols[right].Frozen) return;
        var length = symbols[left].Length + symbols[right].Length;
        if (!_lookup.TryGetValue(text.Slice(symbols[left].Start, length), out var piece)) return;
        queue.Enqueue(new(left, right, length, piece), Order(ModelPieces[piece].Score, left));
        if (halves is not null && ModelPieces[piece].Type == PieceType.Unused) halves[piece] = symbols[left].Length;
    }

    // Ascending: the greatest score first, then the leftmost.
    private static ulong Order(float score, int left)
    {
        var bits = BitConverter.SingleToUInt32Bits(score + 0f); // -0 is 0
        var ascending = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return (ulong)~ascending << 32 | (uint)left;
    }

    // An unused piece falls apart into the two it was joined from; those that are unused as well, further.
    private void Give(ReadOnlySpan<char> spelled, Dictionary<int, int>? halves, List<int> ids)
    {
        if (!_lookup.TryGetValue(spelled, out var piece))
        {
            ids.Add(Unknown);
            return;
        }
        if (halves is null || ModelPieces[piece].Type != PieceType.Unused || !halves.TryGetValue(piece, out var length))
        {
            ids.Add(piece);
            return;
        }
        Give(spelled[..length], halves, ids);
        Give(spelled[length..], halves, ids);
    }
}
