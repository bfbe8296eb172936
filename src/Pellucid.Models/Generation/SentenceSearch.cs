namespace Pellucid.Models.Generation;

/// <summary>
/// The search for one sentence's targets. It sees nothing but its own rows, so what it finds cannot depend on the batch.
/// </summary>
internal abstract class SentenceSearch(TokenRules rules, DecodingOptions options, int sourceLength, int width)
{
    /// <summary>The tokens to feed to its rows next, [W].</summary>
    internal int[] Tokens { get; } = new int[width];

    /// <summary>Which of its rows (0..W-1) each row continues.</summary>
    internal int[] Parents { get; } = new int[width];

    internal bool Done { get; private protected set; }

    /// <summary>The hypotheses once <see cref="Done"/>, in order.</summary>
    internal abstract IReadOnlyList<Hypothesis> Results { get; }

    private protected TokenRules Rules => rules;

    private protected DecodingOptions Options => options;

    private protected int Width => width;

    /// <summary>Chooses the next tokens.</summary>
    /// <param name="logProbabilities">[W, V]</param>
    /// <param name="attention">[W, S of the batch] or empty when nobody asked for it.</param>
    /// <exception cref="GenerationException">The model's numbers are not numbers, or no token is allowed.</exception>
    internal abstract void Advance(ReadOnlySpan<float> logProbabilities, ReadOnlySpan<float> attention);

    /// <summary>Row <paramref name="row"/> of [W, V].</summary>
    private protected ReadOnlySpan<float> Row(ReadOnlySpan<float> logProbabilities, int row)
    {
        int size = logProbabilities.Length / width;
        var values = logProbabilities.Slice(row * size, size);
        // One NaN among the logits makes the whole log-softmax NaN.
        if (float.IsNaN(values[0]))
            throw new GenerationException("the model's logits are not finite; its weights are damaged or it was trained to divergence.");
        return values;
    }

    /// <summary>A copy of one row's attention over its own source.</summary>
    private protected float[]? Attention(ReadOnlySpan<float> attention, int row) =>
        attention.IsEmpty ? null : attention.Slice(row * (attention.Length / width), sourceLength).ToArray();

    private protected Hypothesis Finish(Trail? trail, ReadOnlySpan<float> logProbabilities, float[]? attention)
    {
        bool cut = (trail?.Length ?? 0) >= rules.Maximum && rules.WouldGoOn(trail, logProbabilities);
        return new Trail(trail, rules.End, logProbabilities[rules.End], attention).Finish(options, sourceLength, cut);
    }

    private protected static GenerationException NothingAllowed(int length) =>
        new($"after {length} tokens the rules allow no further token: the minimum length, the banned tokens and NoRepeatNGram contradict each other.");
}
