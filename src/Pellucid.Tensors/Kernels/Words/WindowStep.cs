namespace Pellucid.Tensors.Kernels;

/// <summary>Writes the rows and labels of windows into a batch; called on several threads for different windows. A struct, so that the JIT specialises it.</summary>
internal unsafe interface IWindowSource
{
    /// <summary>Fills windows start .. end-1 of a batch with those that stand at first + start .. first + end-1 of the text.</summary>
    void Fill(int first, int start, int end, in WindowBatch.Pointers batch);
}

/// <summary>
/// The steps of word2vec over batches of windows (Mikolov et al. 2013b, eq. 4, or the hierarchical softmax of their section 2.1). First all products x·t of a batch, with the rows as they are;
/// then the changes, window after window. A product is a sum over blocks of columns, and a change of a column needs nothing of another column: so each block of columns is worked on by itself, all of the
/// time, and once a batch the products are exchanged. The result is a function of windows and rows alone, on any number of threads.
/// </summary>
internal sealed unsafe class WindowStep
{
    private const int WindowsPerFill = 32;

    private readonly WindowBatch[] batches;
    private readonly WindowKind kind;
    private readonly WindowMatrix input, target;

    /// <param name="windows">Of a batch.</param>
    internal WindowStep(WindowKind kind, WindowMatrix input, WindowMatrix target, int windows, int maxInputs, int maxTargets)
    {
        (this.kind, this.input, this.target) = (kind, input, target);
        batches = [.. Enumerable.Range(0, 3).Select(_ => new WindowBatch(kind, windows, maxInputs, maxTargets, input.Blocks))];
    }

    /// <summary>Makes the steps of windows 0 .. count-1 of a source. While the changes of a batch are made, the products of the next one follow, and those after are looked up.</summary>
    public void Run<TSource>(int count, TSource source, float rate) where TSource : struct, IWindowSource
    {
        int size = batches[0].Windows, steps = (count + size - 1) / size;
        for (int step = -2; step < steps; step++)
        {
            var work = new Work<TSource>
            {
                Change = At(step), ChangeCount = Count(step), Product = At(step + 1), ProductCount = Count(step + 1), Fill = At(step + 2), FillCount = Count(step + 2), First = (step + 2) * size,
                Source = source, Kind = kind, Rate = rate, Input = input, Target = target,
            };
            WorkerPool.Run(input.Blocks + (work.FillCount + WindowsPerFill - 1) / WindowsPerFill, work);
        }
        GC.KeepAlive(this);

        WindowBatch.Pointers At(int step) => batches[(step + 3) % 3].Pin();

        int Count(int step) => step < 0 || step >= steps ? 0 : Math.Min(size, count - step * size);
    }

    private struct Work<TSource> : IWork where TSource : struct, IWindowSource
    {
        public WindowBatch.Pointers Change, Product, Fill;
        public int ChangeCount, ProductCount, FillCount, First;
        public TSource Source;
        public WindowKind Kind;
        public float Rate;
        public WindowMatrix Input, Target;

        public void Run(int chunk)
        {
            int blocks = Input.Blocks;
            if (chunk >= blocks)
            {
                int start = (chunk - blocks) * WindowsPerFill;
                Source.Fill(First, start, Math.Min(FillCount, start + WindowsPerFill), Fill);
                return;
            }
            var columns = new WindowColumns { Input = Input.Pointers[chunk], Target = Target.Pointers[chunk], Stride = Input.Stride(chunk), Block = chunk, Blocks = blocks };
            if (Kind == WindowKind.SkipGram)
            {
                SkipGramColumns.Change(columns, Change, ChangeCount, Rate);
                SkipGramColumns.Multiply(columns, Product, ProductCount);
            }
            else
            {
                CbowColumns.Change(columns, Change, ChangeCount, Rate, Kind == WindowKind.MeanOfWords);
                CbowColumns.Multiply(columns, Product, ProductCount, Kind == WindowKind.MeanOfWords);
            }
        }
    }
}
