namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>
/// Takes away the pieces that the text misses least: the loss of a piece is how much less likely the text is if it is spelled by its
/// own second-best segmentation. Kudo 2018, section 3.2, steps 2b to 2d.
/// </summary>
internal static class Pruning
{
    public static (List<string> Pieces, double[] Scores) Keep(TrainingModel model, IReadOnlyList<(string Text, long Count)> words, int target,
        double factor, int? threads, CancellationToken cancellation)
    {
        var alternatives = Alternatives(model, threads, cancellation);
        var counts = Counts(model, words, threads, cancellation);
        var sum = (double)counts.Sum();
        var kept = new List<int>();
        var candidates = new List<(int Piece, double Loss)>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0 || alternatives[i] is not { } others) continue;
            if (others.Length == 0)
            {
                kept.Add(i);
                continue;
            }
            // Without the piece its count goes to each of the others.
            var without = Math.Log(sum + counts[i] * (others.Length - 1.0));
            var alternative = others.Sum(piece => Math.Log((double)counts[piece] + counts[i]) - without);
            candidates.Add((i, counts[i] * (Math.Log(counts[i]) - Math.Log(sum) - alternative)));
        }
        var size = Math.Max(target, (int)(factor * counts.Length));
        candidates.Sort((a, b) => a.Loss != b.Loss ? b.Loss.CompareTo(a.Loss) : a.Piece.CompareTo(b.Piece));
        kept.AddRange(candidates.Take(Math.Max(size - kept.Count, 0)).Select(candidate => candidate.Piece));
        return ([.. kept.Select(piece => model.Pieces[piece])], [.. kept.Select(piece => model.Scores[piece])]);
    }

    // Null: the piece is not even its own best segmentation. Empty: there is no other.
    private static int[]?[] Alternatives(TrainingModel model, int? threads, CancellationToken cancellation)
    {
        var alternatives = new int[]?[model.Pieces.Count];
        Parallel.For(0, alternatives.Length, new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellation },
            () => (Edges: new List<TrainingModel.Edge>(), Path: new List<int>()),
            (i, _, scratch) =>
            {
                var (edges, path) = scratch;
                var piece = model.Pieces[i];
                model.Edges(piece, edges);
                model.Best(piece.Length, edges, TrainingModel.Unknown, path);
                if (path.Count > 1) return scratch;
                alternatives[i] = model.Best(piece.Length, edges, i, path) && !path.Contains(TrainingModel.Unknown) ? [.. path] : [];
                return scratch;
            },
            _ => { });
        return alternatives;
    }

    // Whole numbers: their sum has no order.
    private static long[] Counts(TrainingModel model, IReadOnlyList<(string Text, long Count)> words, int? threads, CancellationToken cancellation)
    {
        var counts = new long[model.Pieces.Count];
        Parallel.For(0, words.Count, new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellation },
            () => (Edges: new List<TrainingModel.Edge>(), Path: new List<int>()),
            (i, _, scratch) =>
            {
                var (edges, path) = scratch;
                model.Edges(words[i].Text, edges);
                model.Best(words[i].Text.Length, edges, TrainingModel.Unknown, path);
                foreach (var piece in path)
                    if (piece != TrainingModel.Unknown) Interlocked.Add(ref counts[piece], words[i].Count);
                return scratch;
            },
            _ => { });
        return counts;
    }
}
