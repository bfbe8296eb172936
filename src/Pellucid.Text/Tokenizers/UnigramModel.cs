using System.Buffers;
using System.Text;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// The segmentation whose pieces' probabilities have the greatest product. Kudo 2018, section 3.2. Ids are those of SentencePiece
/// 0.1.97 to the last tie: scores are added in float32 from the left, candidates compared in float64, and the first of equals stays.
/// </summary>
public sealed class UnigramModel : SentencePieceModel
{
    private const float UnknownPenalty = 10;

    private readonly PieceArray _trie;
    private readonly double[] _scores;
    private readonly float _unknownScore;
    private readonly double _greatest; // no score is farther from 0
    private readonly SegmentationCache _cache = new();

    internal UnigramModel(Vocabulary vocabulary, IReadOnlyList<ModelPiece> pieces, TrainerSpec trainer) : base(vocabulary, pieces, trainer)
    {
        var normal = pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Score).DefaultIfEmpty(float.MaxValue).ToList();
        var least = normal.Min();
        // SentencePiece begins with FLT_MIN, the smallest positive number, so that scores below 0 never raise it.
        var most = Math.Max(normal.Max() == float.MaxValue ? 0 : normal.Max(), SmallestNormal);
        _unknownScore = least - UnknownPenalty;
        _scores = [.. pieces.Select(piece => Score(piece, most))];
        _greatest = Math.Max(Math.Abs((double)_unknownScore), _scores.Max(Math.Abs));
        _trie = new PieceArray([.. Enumerable.Range(0, pieces.Count)
            .Where(id => IsFindable(id) && pieces[id].Type != PieceType.Unused).Select(id => (pieces[id].Text, id))]);
    }

    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>A node's score for the lattice of all segmentations.</summary>
    internal double UnknownScore => _unknownScore;

    internal double ScoreOf(int id) => id == Unknown ? _unknownScore : _scores[id];

    internal PieceArray Trie => _trie;

    // A user-defined symbol has almost the greatest score there can be, so that it wins against the pieces inside it.
    private static double Score(ModelPiece piece, float most) => piece.Type == PieceType.UserDefined
        ? Encoding.UTF8.GetByteCount(piece.Text) * most - 0.1
        : piece.Score;

    private protected override void Segment(ReadOnlySpan<char> word, ref Run run)
    {
        if (word.Length > SegmentationCache.LongestWord || !CutsWords)
        {
            SegmentExactly(word, ref run);
            return;
        }
        var entry = _cache.Find(word, out var place);
        if (entry.IsEmpty) entry = SegmentAlone(word, place);
        if (!IsCertain(entry.Margin, word.Length, run.Score))
        {
            SegmentExactly(word, ref run);
            return;
        }
        run.Add(entry.Pieces, word);
        foreach (var id in entry.Pieces) run.Score = Continue(run.Score, id);
    }

    // Two sums of at most n float32 numbers, none greater than M, are each off by at most n M 2^-24: a margin of twice that much
    // (here: four times) decides as the sums would, wherever the word stands.
    private bool IsCertain(float margin, int length, float before)
    {
        var n = length + 1;
        return margin > n * (Math.Abs((double)before) + n * _greatest) * (1.0 / (1 << 22));
    }

    private float Continue(float score, int id) => id == Unknown ? _unknownScore + score : (float)(_scores[id] + score);

    private struct Best
    {
        public float Score;
        public int Start; // -1: nothing ends here
        public int Piece;
    }

    private void SegmentExactly(ReadOnlySpan<char> text, ref Run run)
    {
        var ends = ArrayPool<Best>.Shared.Rent(text.Length + 1);
        Fill(text, ends, run.Score);
        var pieces = ArrayPool<int>.Shared.Rent(text.Length);
        var first = pieces.Length;
        for (var end = text.Length; end > 0; end = ends[end].Start) pieces[--first] = ends[end].Piece;
        run.Score = ends[text.Length].Score;
        run.Add(pieces.AsSpan(first..), text);
        ArrayPool<int>.Shared.Return(pieces);
        ArrayPool<Best>.Shared.Return(ends);
    }

    // ends[i] is the best path from the start of the text to i.
    private void Fill(ReadOnlySpan<char> text, Best[] ends, float before)
    {
        for (var i = 1; i <= text.Length; i++) ends[i].Start = -1;
        ends[0].Score = before;
        for (var start = 0; start < text.Length;)
        {
            var till = ends[start].Score;
            var single = char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1;
            var hasSingle = false;
            var node = PieceArray.Root;
            for (var end = start; end < text.Length && _trie.TryStep(ref node, text[end++], out var piece);)
            {
                if (piece == PieceArray.None) continue;
                var score = _scores[piece] + till;
                ref var best = ref ends[end];
                if (best.Start < 0 || score > best.Score) best = new() { Score = (float)score, Start = start, Piece = piece };
                hasSingle |= end - start == single;
            }
            if (!hasSingle)
            {
                var score = _unknownScore + till;
                ref var best = ref ends[start + single];
                if (best.Start < 0 || score > best.Score) best = new() { Score = score, Start = start, Piece = Unknown };
            }
            start += single;
        }
    }

    // The same in float64, with the margins by which the best path wins at each place it passes.
    private SegmentationCache.Entry SegmentAlone(ReadOnlySpan<char> word, int place)
    {
        Span<double> best = stackalloc double[SegmentationCache.LongestWord + 1];
        Span<double> second = stackalloc double[SegmentationCache.LongestWord + 1];
        Span<int> starts = stackalloc int[SegmentationCache.LongestWord + 1];
        Span<int> chosen = stackalloc int[SegmentationCache.LongestWord + 1];
        best.Fill(double.NegativeInfinity);
        second.Fill(double.NegativeInfinity);
        best[0] = 0;
        for (var start = 0; start < word.Length;)
        {
            var single = char.IsHighSurrogate(word[start]) && start + 1 < word.Length ? 2 : 1;
            var hasSingle = false;
            var node = PieceArray.Root;
            for (var end = start; end < word.Length && _trie.TryStep(ref node, word[end++], out var piece);)
            {
                if (piece == PieceArray.None) continue;
                Offer(best[start] + _scores[piece], end, start, piece, best, second, starts, chosen);
                hasSingle |= end - start == single;
            }
            if (!hasSingle) Offer(best[start] + _unknownScore, start + single, start, Unknown, best, second, starts, chosen);
            start += single;
        }
        var margin = double.PositiveInfinity;
        Span<int> pieces = stackalloc int[SegmentationCache.LongestWord];
        var first = pieces.Length;
        for (var end = word.Length; end > 0; end = starts[end])
        {
            margin = Math.Min(margin, best[end] - second[end]);
            pieces[--first] = chosen[end];
        }
        return _cache.Set(place, word, pieces[first..], margin);
    }

    private static void Offer(double score, int end, int start, int piece, Span<double> best, Span<double> second, Span<int> starts, Span<int> chosen)
    {
        if (score > best[end])
        {
            second[end] = best[end];
            (best[end], starts[end], chosen[end]) = (score, start, piece);
        }
        else if (score > second[end])
        {
            second[end] = score;
        }
    }
}
