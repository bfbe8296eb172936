using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Generation;

/// <summary>What a step says about the rows of one sentence.</summary>
internal readonly ref struct StepScores
{
    private readonly ReadOnlySpan<float> logits, normalizers, best, attention;
    private readonly ReadOnlySpan<int> bestTokens;
    private readonly int rows;

    /// <summary>Sentence <paramref name="place"/> of the <paramref name="count"/> in the batch.</summary>
    /// <param name="scores">Logits [R, V] and the best of them [R, k].</param>
    /// <param name="attention">[R, S] or empty when nobody asked for it.</param>
    /// <param name="place">The sentence's place in the batch.</param>
    /// <param name="count">The number of sentences in the batch.</param>
    internal StepScores(TopScores scores, ReadOnlySpan<float> attention, int place, int count)
    {
        rows = scores.Logits.Shape[0] / count;
        logits = Part(scores.Logits.Values, place, count);
        normalizers = Part(scores.Normalizers.Values, place, count);
        best = Part(scores.Values.Values, place, count);
        bestTokens = Part<int>(scores.Indices, place, count);
        this.attention = Part(attention, place, count);
    }

    /// <summary>One of the sentence's rows.</summary>
    /// <exception cref="GenerationException">The row's logits are not finite.</exception>
    internal RowScores this[int row]
    {
        get
        {
            var scores = new RowScores(Part(logits, row, rows), normalizers[2 * row], normalizers[2 * row + 1], Part(bestTokens, row, rows), Part(best, row, rows), Part(attention, row, rows));
            return scores.IsFinite ? scores : throw new GenerationException(RowScores.NotFinite);
        }
    }

    private static ReadOnlySpan<T> Part<T>(ReadOnlySpan<T> all, int place, int count)
    {
        int size = all.Length / count;
        return all.Slice(place * size, size);
    }
}

/// <summary>What a step says about the tokens that may follow one row.</summary>
internal readonly ref struct RowScores(
    ReadOnlySpan<float> logits, float max, float logSum, ReadOnlySpan<int> bestTokens, ReadOnlySpan<float> best, ReadOnlySpan<float> attention)
{
    private readonly ReadOnlySpan<float> logits = logits;
    private readonly ReadOnlySpan<float> attention = attention;

    internal const string NotFinite = "the model's logits are not finite; its weights are damaged or it was trained to divergence.";

    /// <summary>False when a logit is NaN or +infinity: one of them makes the log-sum NaN.</summary>
    internal bool IsFinite => !float.IsNaN(max) && !float.IsNaN(logSum);

    /// <summary>V.</summary>
    internal int Count => logits.Length;

    /// <summary>log P of one token.</summary>
    internal float this[int token] => TopScores.Of(logits[token], max, logSum);

    /// <summary>The most probable tokens that the rules allow, best first; -1 where there are no more.</summary>
    internal ReadOnlySpan<int> BestTokens { get; } = bestTokens;

    /// <summary>log P of <see cref="BestTokens"/>.</summary>
    internal ReadOnlySpan<float> Best { get; } = best;

    /// <summary>A copy of the row's attention over its own source; null when nobody asked for it.</summary>
    internal float[]? Attention(int sourceLength) => attention.IsEmpty ? null : attention[..sourceLength].ToArray();
}
