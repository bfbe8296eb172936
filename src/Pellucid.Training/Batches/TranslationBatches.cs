using System.Buffers;
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
        int[] order = Sorted(pairs, rng.Split("ties"));
        var batches = Cut(pairs, order);
        rng.Split("order").Shuffle(batches.AsSpan());
        return new Plan(pairs, order, batches, marks);
    }

    private static int[] Sorted(IReadOnlyList<TokenPair> pairs, Rng ties)
    {
        int[] order = new int[pairs.Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        ties.Shuffle(order.AsSpan());
        SortBy(order, i => pairs[i].Source.Length);
        SortBy(order, i => pairs[i].Target.Length);
        return order;
    }

    /// <summary>Counting sort, which keeps the order of equals: lengths are small numbers, and an epoch is to make little garbage.</summary>
    private static void SortBy(int[] order, Func<int, int> length)
    {
        int longest = 0;
        foreach (int i in order)
            longest = Math.Max(longest, length(i));
        int[] next = new int[longest + 2], before = ArrayPool<int>.Shared.Rent(order.Length);
        order.CopyTo(before, 0);
        foreach (int i in order)
            next[length(i) + 1]++;
        for (int i = 1; i < next.Length; i++)
            next[i] += next[i - 1];
        foreach (int i in before.AsSpan(0, order.Length))
            order[next[length(i)]++] = i;
        ArrayPool<int>.Shared.Return(before);
    }

    private (int Start, int End)[] Cut(IReadOnlyList<TokenPair> pairs, int[] order)
    {
        var batches = new List<(int, int)>();
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
            batches.Add((start, i));
            (start, longest) = (i, length);
        }
        if (start < order.Length)
            batches.Add((start, order.Length));
        return [.. batches];
    }

    /// <summary>The longer side with its mark.</summary>
    internal static int Length(TokenPair pair) => Math.Max(pair.Source.Length, pair.Target.Length) + 1;

    private sealed class Plan(IReadOnlyList<TokenPair> pairs, int[] order, (int Start, int End)[] batches, BatchMarks marks) : IEpoch<TranslationBatch>
    {
        public int Count => batches.Length;

        public TranslationBatch Batch(int index) => TranslationBatch.Of(pairs, order.AsSpan(batches[index].Start..batches[index].End), marks);

        /// <summary>B (S + T): what memory grows with.</summary>
        public long Size(int index)
        {
            int s = 0, t = 0;
            var (start, end) = batches[index];
            foreach (int i in order.AsSpan(start..end))
                (s, t) = (Math.Max(s, pairs[i].Source.Length + 1), Math.Max(t, pairs[i].Target.Length + 1));
            return (long)(end - start) * (s + t);
        }
    }
}
