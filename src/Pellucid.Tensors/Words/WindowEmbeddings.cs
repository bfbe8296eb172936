using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Words;

/// <summary>
/// The two matrices of word2vec and how they learn from a text of ids: a row of the first for each word among the words around, a row of the second for each word
/// (or inner node of the Huffman tree) that is to be predicted. The same text, rates and keys give the same bits on any number of threads. For one caller.
/// </summary>
public sealed class WindowEmbeddings
{
    private readonly WindowBatch batch;
    private readonly Storage input, target;
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
            targets = 1 + samples.Count;
        }
        else
        {
            tree = HuffmanTree.Of(counts);
            targets = tree.Longest;
        }
        batch = new WindowBatch(KindOf(options.Model), options.Batch, 2 * options.Window, targets, options.Width);
        input = Storage.Allocate(checked(Rows * batch.Stride));
        target = Storage.Allocate(checked(Rows * batch.Stride));
        input.Span.Clear();
        target.Span.Clear();
        float reach = 0.5f / options.Width;
        for (int row = 0; row < Rows; row++)
            key.FillUniform((ulong)row * (ulong)options.Width, input.Span.Slice(row * batch.Stride, options.Width), -reach, reach);
    }

    public WindowOptions Options { get; }

    /// <summary>V.</summary>
    public int Rows { get; }

    /// <summary>Bytes of the two matrices.</summary>
    public long Bytes => 2L * Rows * batch.Stride * sizeof(float);

    /// <summary>The vector of a word, [D].</summary>
    public ReadOnlySpan<float> Row(int word) => input.Span.Slice(word * batch.Stride, Options.Width);

    /// <summary>The vector of a word, or of an inner node of the tree, as a target, [D].</summary>
    public ReadOnlySpan<float> TargetRow(int index) => target.Span.Slice(index * batch.Stride, Options.Width);

    /// <summary>Sets the vector of a word, or the one it has as a target.</summary>
    /// <exception cref="ArgumentException">There are not D values.</exception>
    public void SetRow(int word, ReadOnlySpan<float> values, bool asTarget = false)
    {
        if (values.Length != Options.Width) throw new ArgumentException($"a row has {Options.Width} values, got {values.Length}.", nameof(values));
        values.CopyTo((asTarget ? target : input).Span.Slice(word * batch.Stride, Options.Width));
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
        float* rows = At(input), targets = At(target);
        fixed (int* text = words)
            for (int start = 0; start < words.Length; start += batch.Windows)
            {
                int count = Math.Min(batch.Windows, words.Length - start);
                if (tree is null) WindowStep.Run(batch, count, Negative(text, words.Length, start, key), rate, rows, targets);
                else WindowStep.Run(batch, count, Paths(tree, text, words.Length, start, key), rate, rows, targets);
            }
        GC.KeepAlive(this);
    }

    private unsafe NegativeWindows Negative(int* text, int length, int start, Rng key) => new()
    {
        Words = text, Length = length, Start = start, Window = Options.Window, Shrinks = Options.ShrinkWindows, Negatives = ((WindowTargets.NegativeSamples)Options.Targets).Count, Rows = Rows, Noise = At(noise), Key = key.Key,
    };

    private unsafe PathWindows Paths(HuffmanTree paths, int* text, int length, int start, Rng key) => new()
    {
        Words = text, Length = length, Start = start, Window = Options.Window, Shrinks = Options.ShrinkWindows, Starts = At(paths.Starts), Nodes = At(paths.Nodes), GoesLeft = At(paths.GoesLeft), Key = key.Key,
    };

    private static WindowKind KindOf(WindowModel model) => model switch
    {
        WindowModel.Cbow => WindowKind.MeanOfWords,
        WindowModel.CbowSum => WindowKind.SumOfWords,
        _ => WindowKind.SkipGram,
    };

    private static unsafe float* At(Storage pinned) => (float*)Unsafe.AsPointer(ref pinned.Span[0]);

    private static unsafe T* At<T>(T[] pinned) where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
