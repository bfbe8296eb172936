using System.Numerics;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Writes the rows and labels of windows into a batch; called on several threads for different windows. A struct, so that the JIT specialises it.</summary>
internal unsafe interface IWindowSource
{
    /// <summary>Fills windows start .. end-1, whose inputs and targets are all -1 before.</summary>
    void Fill(int start, int end, in WindowBatch.Pointers batch);
}

/// <summary>
/// A step of word2vec on a batch of windows (Mikolov et al. 2013b, eq. 4, or the hierarchical softmax of their section 2.1), in two passes. The first reads the rows as they are and
/// writes down what each window would change; the second makes the changes, each row's in the order of the windows. So the result is the same on any number of threads,
/// and a window does not see what the others of its batch have changed.
/// </summary>
internal static unsafe class WindowStep
{
    private const int WindowsPerChunk = 8;
    private const int Owners = 16;

    /// <summary>Makes the step of windows 0 .. count-1.</summary>
    /// <param name="input">The matrix of the words around, [rows, Stride]; 64-byte aligned and pinned.</param>
    /// <param name="target">The matrix of targets, likewise.</param>
    public static void Run<TSource>(WindowBatch batch, int count, TSource source, float rate, float* input, float* target) where TSource : struct, IWindowSource
    {
        if (count > batch.Windows) throw new ArgumentOutOfRangeException(nameof(count), count, $"a batch of {batch.Windows} windows");
        if (count == 0) return;
        var at = batch.Pin();
        WorkerPool.Run((count + WindowsPerChunk - 1) / WindowsPerChunk,
            new Gradients<TSource> { At = at, Source = source, Kind = batch.Kind, Count = count, Rate = rate, Input = input, Target = target });
        WorkerPool.Run(2 * Owners, new Changes { At = at, Kind = batch.Kind, Count = count, Input = input, Target = target });
        GC.KeepAlive(batch);
    }

    private struct Gradients<TSource> : IWork where TSource : struct, IWindowSource
    {
        public WindowBatch.Pointers At;
        public TSource Source;
        public WindowKind Kind;
        public int Count;
        public float Rate;
        public float* Input, Target;

        public void Run(int chunk)
        {
            int start = chunk * WindowsPerChunk, end = Math.Min(Count, start + WindowsPerChunk);
            new Span<int>(At.Inputs + start * At.MaxInputs, (end - start) * At.MaxInputs).Fill(-1);
            new Span<int>(At.Targets + start * At.MaxTargets, (end - start) * At.MaxTargets).Fill(-1);
            Source.Fill(start, end, At);
            for (int w = start; w < end; w++) WindowGradients.Prefetch(At, w, Input, Target);
            for (int w = start; w < end; w++)
                if (Kind == WindowKind.SkipGram) WindowGradients.SkipGram(At, w, Rate, Input, Target);
                else WindowGradients.Words(At, w, Rate, Input, Target, Kind == WindowKind.MeanOfWords);
        }
    }

    /// <summary>Owner o of a matrix changes the rows r with r mod Owners = o.</summary>
    private struct Changes : IWork
    {
        public WindowBatch.Pointers At;
        public WindowKind Kind;
        public int Count;
        public float* Input, Target;

        public readonly void Run(int chunk)
        {
            int owner = chunk >> 1;
            if ((chunk & 1) == 0) Change(At.Inputs, Count * At.MaxInputs, owner, true);
            else Change(At.Targets, Count * At.MaxTargets, owner, false);
        }

        private readonly void Change(int* rows, int count, int owner, bool isInput)
        {
            var (mask, mine) = (Vector512.Create(Owners - 1), Vector512.Create(owner));
            for (int i = 0; i < count; i += Lanes.Width)
            {
                var row = Vector512.Load(rows + i);
                // -1 stands for no row; the last lanes may lie beyond the count, in rows that are -1 too.
                ulong hits = (Vector512.Equals(row & mask, mine) & Vector512.GreaterThanOrEqual(row, Vector512<int>.Zero)).ExtractMostSignificantBits();
                for (; hits != 0; hits &= hits - 1)
                {
                    int slot = i + BitOperations.TrailingZeroCount(hits);
                    if (slot >= count) return;
                    if (isInput) ChangeInput(slot, rows[slot]);
                    else ChangeTarget(slot, rows[slot]);
                }
            }
        }

        private readonly void ChangeInput(int slot, int row)
        {
            int delta = Kind == WindowKind.SkipGram ? slot : slot / At.MaxInputs;
            RowMath.Add(At.InputDeltas + (long)delta * At.Stride, Input + (long)row * At.Stride, At.Stride);
        }

        private readonly void ChangeTarget(int slot, int row)
        {
            float* y = Target + (long)row * At.Stride;
            if (Kind == WindowKind.SkipGram) RowMath.Add(At.TargetDeltas + (long)slot * At.Stride, y, At.Stride);
            else RowMath.AddScaled(At.Factors[slot], At.TargetDeltas + (long)(slot / At.MaxTargets) * At.Stride, y, At.Stride);
        }
    }
}
