using Pellucid.Tensors;

namespace Pellucid.Training.Batches;

/// <summary>How sentences are put into batches.</summary>
public sealed record BatchOptions
{
    /// <summary>The most padded tokens of a batch on either side: <c>B · max(S, T)</c>, marks included.</summary>
    public int Tokens { get; init; } = 4096;

    /// <summary>The most sentences of a batch.</summary>
    public int Sentences { get; init; } = 1024;

    /// <summary>Decides the order, with the epoch.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// Batches of sentences of nearly equal length, so that little is padding: each epoch orders the sentences by length (ties at random), cuts them
/// into batches within the budget, and shuffles the batches. The order is a function of (seed, epoch); every sentence comes exactly once per epoch.
/// </summary>
public sealed class TranslationBatches : IBatchSource<TranslationBatch>
{
    private readonly Func<int, CancellationToken, IReadOnlyList<TokenPair>> pairsOf;
    private readonly BatchMarks marks;
    private readonly BatchOptions options;

    /// <summary>The same pairs in every epoch.</summary>
    public TranslationBatches(IReadOnlyList<TokenPair> pairs, BatchMarks marks, BatchOptions options) : this((_, _) => pairs, marks, options)
    {
    }

    /// <summary>Pairs that are a function of the epoch, as BPE dropout makes them.</summary>
    public TranslationBatches(Func<int, CancellationToken, IReadOnlyList<TokenPair>> pairsOf, BatchMarks marks, BatchOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Sentences, 1);
        (this.pairsOf, this.marks, this.options) = (pairsOf, marks, options);
    }

    /// <exception cref="TrainingException">A sentence alone exceeds the budget.</exception>
    public IEpoch<TranslationBatch> Epoch(int epoch, CancellationToken cancellation = default)
    {
        var pairs = pairsOf(epoch, cancellation);
        var rng = new Rng(options.Seed).Split("batches").Split((ulong)epoch);
        int[][] batches = Cut(pairs, Sorted(pairs, rng.Split("ties")));
        rng.Split("order").Shuffle(batches.AsSpan());
        return new Plan(pairs, batches, marks);
    }

    private static int[] Sorted(IReadOnlyList<TokenPair> pairs, Rng ties)
    {
        int[] order = [.. Enumerable.Range(0, pairs.Count)];
        ties.Shuffle(order.AsSpan());
        return [.. order.OrderBy(i => pairs[i].Target.Length).ThenBy(i => pairs[i].Source.Length)];
    }

    private int[][] Cut(IReadOnlyList<TokenPair> pairs, int[] order)
    {
        var batches = new List<int[]>();
        int start = 0, longest = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int length = Length(pairs[order[i]]);
            if (length > options.Tokens)
                throw new TrainingException($"sentence {order[i] + 1} takes {length} tokens, more than a batch of {options.Tokens}; raise batches.tokens or lower data.max_length.");
            longest = Math.Max(longest, length);
            int rows = i - start + 1;
            if (rows <= options.Sentences && (long)rows * longest <= options.Tokens)
                continue;
            batches.Add(order[start..i]);
            (start, longest) = (i, length);
        }
        if (start < order.Length)
            batches.Add(order[start..]);
        return [.. batches];
    }

    /// <summary>The longer side with its mark.</summary>
    internal static int Length(TokenPair pair) => Math.Max(pair.Source.Length, pair.Target.Length) + 1;

    private sealed class Plan(IReadOnlyList<TokenPair> pairs, int[][] batches, BatchMarks marks) : IEpoch<TranslationBatch>
    {
        public int Count => batches.Length;

        public TranslationBatch Batch(int index) => TranslationBatch.Of([.. batches[index].Select(i => pairs[i])], marks, batches[index]);
    }
}
