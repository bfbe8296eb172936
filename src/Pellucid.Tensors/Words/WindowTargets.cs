namespace Pellucid.Tensors.Words;

/// <summary>What a window is to predict. A closed family.</summary>
public abstract record WindowTargets
{
    private WindowTargets()
    {
    }

    /// <summary>
    /// The word, and that <paramref name="Count"/> drawn words are not it (Mikolov et al. 2013b, section 2.2). They are drawn once for each window, with probabilities proportional to
    /// count^<paramref name="Exponent"/>; one that is the word itself is left out. Targets are computed
    /// eight at a time, so 7 are drawn for up to 7, 15 for up to 15 and so on, each of which counts as much less: the same force, less by chance.
    /// </summary>
    public sealed record NegativeSamples(int Count = 5, double Exponent = 0.75) : WindowTargets;

    /// <summary>The way to the word through a Huffman tree of all words: hierarchical softmax (Mikolov et al. 2013b, section 2.1).</summary>
    public sealed record HuffmanPaths : WindowTargets;
}

/// <summary>How the words around a word and the word stand to each other.</summary>
public enum WindowModel
{
    /// <summary>The mean of the words around predicts the word (Mikolov et al. 2013a, section 3.1).</summary>
    Cbow,

    /// <summary>Their sum does.</summary>
    CbowSum,

    /// <summary>Each word around predicts the word by itself (Mikolov et al. 2013a, section 3.2).</summary>
    SkipGram,
}

/// <summary>The shape of <see cref="WindowEmbeddings"/>.</summary>
public sealed record WindowOptions
{
    public WindowModel Model { get; init; } = WindowModel.Cbow;

    /// <summary>D.</summary>
    public int Width { get; init; } = 100;

    /// <summary>The farthest a word may be from the middle.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Whether the reach of each window is drawn from 1 to <see cref="Window"/>, so that near words count more (Mikolov et al. 2013a, section 3.2), instead of being that everywhere.</summary>
    public bool ShrinkWindows { get; init; } = true;

    public WindowTargets Targets { get; init; } = new WindowTargets.NegativeSamples();

    /// <summary>
    /// Windows of one step. How well each word was predicted is judged before any of them changes a vector, which makes the result the same on any number of threads; few leave little for threads to do, many
    /// judge by stale vectors.
    /// </summary>
    public int Batch { get; init; } = 128;

    internal void Check()
    {
        Require(Width is >= 1 and <= 65536, nameof(Width), Width, "1 to 65536");
        Require(Window is >= 1 and <= 1000, nameof(Window), Window, "1 to 1000");
        Require(Batch is >= 1 and <= 65536, nameof(Batch), Batch, "1 to 65536");
        if (Targets is not WindowTargets.NegativeSamples samples) return;
        Require(samples.Count is >= 1 and <= 1000, nameof(Targets), samples.Count, "1 to 1000 negative samples");
        Require(double.IsFinite(samples.Exponent), nameof(Targets), samples.Exponent, "a finite exponent");
    }

    private static void Require(bool condition, string name, object value, string rule)
    {
        if (!condition) throw new ArgumentOutOfRangeException(name, value, $"{name} must be {rule}.");
    }
}
