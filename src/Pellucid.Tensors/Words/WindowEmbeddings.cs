using System.Runtime.InteropServices;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Words;

/// <summary>
/// The two matrices of word2vec and how they learn from a text of ids: a row of the first for each word among the words around, a row of the second for each word
/// (or inner node of the Huffman tree) that is to be predicted. The same text, rates and keys give the same bits on any number of threads. For one caller.
/// </summary>
public sealed class WindowEmbeddings
{
    private readonly WindowMatrix input, target;
    private readonly WindowStep step;
    private readonly int draws;
    private readonly ulong[] noise = [];
    private readonly HuffmanTree? tree;

    /// <param name="counts">How often each word occurs, the most frequent first: V of them.</param>
    /// <param name="options">The shape.</param>
    /// <param name="key">The rows of words begin uniformly in ±1/(2D), as a function of key and row; targets begin at zero.</param>
    /// <exception cref="ArgumentException">There are fewer than two words, a count is not positive, or they are not sorted.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public WindowEmbeddings(ReadOnlySpan<long> counts, WindowOptions options, Rng key)
    {
        options.Check();
        if (counts.Length < 2 || counts[^1] < 1) throw new ArgumentException("at least two words, each with a positive count, are needed to learn vectors.", nameof(counts));
        (Options, Rows) = (options, counts.Length);
        int targets;
        if (options.Targets is WindowTargets.NegativeSamples samples)
        {
            noise = AliasTable.Make(counts, samples.Exponent);
            draws = WindowBatch.RoundUp(1 + samples.Count) - 1;
            targets = 1 + draws;
        }
        else
        {
            tree = HuffmanTree.Of(counts);
            targets = tree.Longest;
        }
        (input, target) = (new WindowMatrix(Rows, options.Width), new WindowMatrix(Rows, options.Width));
        step = new WindowStep(KindOf(options.Model), input, target, options.Batch, 2 * options.Window, targets);
        float reach = 0.5f / options.Width;
        float[] values = new float[options.Width];
        for (int row = 0; row < Rows; row++)
        {
            key.FillUniform((ulong)row * (ulong)options.Width, values, -reach, reach);
            input.SetRow(row, values);
        }
    }

    public WindowOptions Options { get; }

    /// <summary>V.</summary>
    public int Rows { get; }

    /// <summary>Bytes of the two matrices.</summary>
    public long Bytes => input.Bytes + target.Bytes;

    /// <summary>A copy of the vector of a word, or of the one it (or an inner node of the tree) has as a target, [D].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public float[] Row(int word, bool asTarget = false)
    {
        float[] values = new float[Options.Width];
        CopyRow(word, values, asTarget);
        return values;
    }

    /// <summary>Copies a vector, [D].</summary>
    /// <exception cref="ArgumentException">There is no room for D values.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void CopyRow(int word, Span<float> into, bool asTarget = false)
    {
        if (into.Length < Options.Width) throw new ArgumentException($"a row has {Options.Width} values, there is room for {into.Length}.", nameof(into));
        (asTarget ? target : input).CopyRow(word, into);
    }

    /// <summary>Sets the vector of a word, or the one it has as a target.</summary>
    /// <exception cref="ArgumentException">There are not D values.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void SetRow(int word, ReadOnlySpan<float> values, bool asTarget = false)
    {
        if (values.Length != Options.Width) throw new ArgumentException($"a row has {Options.Width} values, got {values.Length}.", nameof(values));
        (asTarget ? target : input).SetRow(word, values);
    }

    /// <summary>Learns from one window at each word, in batches of <see cref="WindowOptions.Batch"/> from the first on.</summary>
    /// <param name="words">Ids, with -1 between sentences.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="key">What is drawn at each position is a function of key and position.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not a row.</exception>
    public unsafe void Learn(ReadOnlySpan<int> words, float rate, Rng key)
    {
        foreach (int word in words)
            if (word < -1 || word >= Rows) throw new ArgumentOutOfRangeException(nameof(words), word, $"a word's id is 0 to {Rows - 1}, or -1 between sentences.");
        fixed (int* text = words)
        {
            if (tree is null) step.Run(words.Length, Negative(text, words.Length, key), rate);
            else step.Run(words.Length, Paths(tree, text, words.Length, key), rate);
        }
        GC.KeepAlive(this);
    }

    private unsafe NegativeWindows Negative(int* text, int length, Rng key) => new()
    {
        Words = text, Length = length, Window = Options.Window, Shrinks = Options.ShrinkWindows, Rows = Rows, Noise = At(noise), Key = key.Key,
        Draws = draws, Weight = ((WindowTargets.NegativeSamples)Options.Targets).Count / (float)draws,
    };

    private unsafe PathWindows Paths(HuffmanTree paths, int* text, int length, Rng key) => new()
    {
        Words = text, Length = length, Window = Options.Window, Shrinks = Options.ShrinkWindows, Rows = Rows, Starts = At(paths.Starts), Nodes = At(paths.Nodes), GoesLeft = At(paths.GoesLeft), Key = key.Key,
    };

    private static WindowKind KindOf(WindowModel model) => model switch
    {
        WindowModel.Cbow => WindowKind.MeanOfWords,
        WindowModel.CbowSum => WindowKind.SumOfWords,
        _ => WindowKind.SkipGram,
    };

    private static unsafe T* At<T>(T[] pinned) where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
