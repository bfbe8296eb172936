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
/// Memory for a batch of windows of word2vec: which rows each reads, and what it makes of them. A window has <c>C</c> input rows (the words around) and <c>N</c> target rows
/// (a word and its negative samples, or the inner nodes on the way to it), each with a label of 1 or 0. Rows are <see cref="Stride"/> floats apart; what is beyond their width is zero and stays so.
/// </summary>
internal sealed unsafe class WindowBatch
{
    /// <summary>Targets are computed in blocks of this many.</summary>
    internal const int Block = 8;

    private readonly Storage inputDeltas, targetDeltas, factors, zero;
    private readonly int[] inputs, targets, inputCounts, targetCounts;
    private readonly float[] labels;

    internal WindowBatch(WindowKind kind, int windows, int maxInputs, int maxTargets, int width)
    {
        (Kind, Windows, Stride) = (kind, windows, StrideOf(width));
        (MaxInputs, MaxTargets) = (RoundUp(maxInputs, Lanes.Width), RoundUp(maxTargets, Block));
        inputs = Pinned<int>(windows * MaxInputs);
        targets = Pinned<int>(RoundUp(windows * MaxTargets, Lanes.Width));
        labels = Pinned<float>(windows * MaxTargets);
        inputCounts = Pinned<int>(windows);
        targetCounts = Pinned<int>(windows);
        bool isSkipGram = kind == WindowKind.SkipGram;
        inputDeltas = Storage.Allocate(checked(windows * (isSkipGram ? MaxInputs : 1) * Stride));
        targetDeltas = Storage.Allocate(checked(windows * (isSkipGram ? MaxTargets : 1) * Stride));
        factors = Storage.Allocate(windows * (isSkipGram ? MaxInputs : 1) * MaxTargets);
        zero = Storage.Allocate(Stride);
        zero.Span.Clear();
    }

    internal WindowKind Kind { get; }

    internal int Windows { get; }

    internal int MaxInputs { get; }

    internal int MaxTargets { get; }

    internal int Stride { get; }

    /// <summary>Rows of the input matrix, -1 beyond <see cref="InputCounts"/>: [Windows, MaxInputs].</summary>
    internal Span<int> Inputs => inputs;

    internal Span<int> InputCounts => inputCounts;

    /// <summary>Rows of the target matrix, -1 beyond <see cref="TargetCounts"/>: [Windows, MaxTargets].</summary>
    internal Span<int> Targets => targets;

    internal Span<int> TargetCounts => targetCounts;

    /// <summary>What each target should be answered with, 1 or 0: [Windows, MaxTargets].</summary>
    internal Span<float> Labels => labels;

    /// <summary>rate · (label - σ(x·t)) of the last step: [Windows, MaxInputs, MaxTargets] for skip-gram, [Windows, MaxTargets] otherwise.</summary>
    internal ReadOnlySpan<float> Factors => factors.Span;

    /// <summary>The floats between two rows: the width, up to half the lanes, so that a million rows of 100 do not cost those of 112.</summary>
    internal static int StrideOf(int width) => RoundUp(width, Lanes.Width / 2);

    internal Pointers Pin() => new()
    {
        Inputs = At(inputs), Targets = At(targets), InputCounts = At(inputCounts), TargetCounts = At(targetCounts), Labels = At(labels),
        InputDeltas = At(inputDeltas), TargetDeltas = At(targetDeltas), Factors = At(factors), Zero = At(zero),
        MaxInputs = MaxInputs, MaxTargets = MaxTargets, Stride = Stride,
    };

    /// <summary>The same memory for kernels; all of it is pinned for its whole life.</summary>
    internal struct Pointers
    {
        public int* Inputs, Targets, InputCounts, TargetCounts;
        public float* Labels, InputDeltas, TargetDeltas, Factors, Zero;
        public int MaxInputs, MaxTargets, Stride;
    }

    private static int RoundUp(int n, int to) => checked((n + to - 1) / to * to);

    private static T[] Pinned<T>(int length) where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);

    private static int* At(int[] pinned) => (int*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private static float* At(float[] pinned) => (float*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private static float* At(Storage pinned) => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned.Span[0]);
}
