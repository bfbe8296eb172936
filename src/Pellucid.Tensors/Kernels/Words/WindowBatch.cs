using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>How the words around a word and the word itself stand to each other.</summary>
internal enum WindowKind
{
    /// <summary>Each word around predicts the targets by itself.</summary>
    SkipGram,

    /// <summary>The mean of the words around predicts the targets.</summary>
    MeanOfWords,

    /// <summary>The sum of the words around predicts the targets.</summary>
    SumOfWords,
}

/// <summary>
/// A batch of windows of word2vec: which rows each reads and changes. A window has <c>C</c> input rows (the words around), which may repeat, and <c>N</c> target rows
/// (a word and its negative samples, or the inner nodes on the way to it), all different, each with a label of 1 or 0 and a weight.
/// </summary>
internal sealed unsafe class WindowBatch
{
    /// <summary>Targets are computed in blocks of this many.</summary>
    internal const int Block = 8;

    private readonly int[] inputs, targets, inputCounts, targetBlocks;
    private readonly float[] labels, weights;
    private readonly Storage products, factors;

    /// <param name="blocks">Blocks of columns, see <see cref="WindowMatrix"/>.</param>
    internal WindowBatch(WindowKind kind, int windows, int maxInputs, int maxTargets, int blocks)
    {
        (Windows, MaxInputs, MaxTargets) = (windows, maxInputs, RoundUp(maxTargets));
        inputs = Pinned<int>(checked(windows * MaxInputs));
        targets = Pinned<int>(checked(windows * MaxTargets));
        labels = Pinned<float>(windows * MaxTargets);
        weights = Pinned<float>(windows * MaxTargets);
        inputCounts = Pinned<int>(windows);
        targetBlocks = Pinned<int>(windows);
        ProductsOfWindow = (kind == WindowKind.SkipGram ? MaxInputs : 1) * MaxTargets;
        products = Storage.Allocate(checked(blocks * windows * ProductsOfWindow));
        factors = Storage.Allocate(checked(blocks * ProductsOfWindow));
    }

    internal int Windows { get; }

    internal int MaxInputs { get; }

    internal int MaxTargets { get; }

    private int ProductsOfWindow { get; }

    /// <summary>A number of targets, rounded up to whole blocks.</summary>
    internal static int RoundUp(int targets) => checked((targets + Block - 1) / Block * Block);

    internal Pointers Pin() => new()
    {
        Inputs = At(inputs), Targets = At(targets), InputCounts = At(inputCounts), TargetBlocks = At(targetBlocks), Labels = At(labels), Weights = At(weights),
        Products = (float*)Unsafe.AsPointer(ref products.Span[0]), Factors = (float*)Unsafe.AsPointer(ref factors.Span[0]),
        Windows = Windows, MaxInputs = MaxInputs, MaxTargets = MaxTargets, ProductsOfWindow = ProductsOfWindow,
    };

    /// <summary>The same memory for kernels; all of it is pinned for its whole life.</summary>
    internal struct Pointers
    {
        /// <summary>Rows of the input matrix, [Windows, MaxInputs], and how many each window has; a window with none is none.</summary>
        public int* Inputs, InputCounts;

        /// <summary>Rows of the target matrix, [Windows, MaxTargets], and how many blocks of eight each window has; the row of zeros with weight 0 fills the last.</summary>
        public int* Targets, TargetBlocks;

        /// <summary>What each target should be answered with, 1 or 0, and how much it counts: [Windows, MaxTargets].</summary>
        public float* Labels, Weights;

        /// <summary>x·t over the columns of each block: [blocks, Windows, MaxInputs (1 unless skip-gram), MaxTargets].</summary>
        public float* Products;

        /// <summary>rate · weight · (label - σ(x·t)) of one window, for each block of columns: [blocks, MaxInputs (1 unless skip-gram), MaxTargets].</summary>
        public float* Factors;
        public int Windows, MaxInputs, MaxTargets, ProductsOfWindow;
    }

    private static T[] Pinned<T>(int length) where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);

    private static T* At<T>(T[] pinned) where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
