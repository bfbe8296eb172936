namespace Pellucid.Tensors.Kernels;

/// <summary>y[j] += Σ over rows of x[r, j], in <see cref="RowBlocks"/> (the gradient of a bias).</summary>
internal static unsafe class ColumnSums
{
    public static void AddInto(ReadOnlySpan<float> x, int rows, int n, Span<float> y)
    {
        Edge.Length(x.Length, Edge.Count(rows, n), nameof(x));
        Edge.Length(y.Length, n, nameof(y));
        if (rows == 0) return;
        fixed (float* px = x, py = y, sums = RowBlocks.Scratch(rows, n))
        {
            int blocks = RowBlocks.Count(rows);
            Split.Over(blocks, (long)RowBlocks.Height * n, new Body { X = px, Sums = sums, Rows = rows, N = n });
            RowBlocks.Fold(sums, blocks, n, 0, py, n);
        }
    }

    /// <summary>sums[j] = Σ x[r, j] over the rows of one block, one after the other; four at a time, so that the sums are loaded and stored less often.</summary>
    private static void Block(float* x, int rows, int n, float* sums)
    {
        new Span<float>(sums, n).Clear();
        int r = 0;
        for (; r <= rows - 4; r += 4, x += 4L * n)
            for (int j = 0; j < n; j += Lanes.Width)
            {
                var sum = Lanes.LoadUpTo(sums + j, n - j) + Lanes.LoadUpTo(x + j, n - j);
                sum += Lanes.LoadUpTo(x + n + j, n - j);
                sum += Lanes.LoadUpTo(x + 2L * n + j, n - j);
                Lanes.StoreUpTo(sum + Lanes.LoadUpTo(x + 3L * n + j, n - j), sums + j, n - j);
            }
        for (; r < rows; r++, x += n)
            for (int j = 0; j < n; j += Lanes.Width)
                Lanes.StoreUpTo(Lanes.LoadUpTo(sums + j, n - j) + Lanes.LoadUpTo(x + j, n - j), sums + j, n - j);
    }

    private struct Body : IRangeBody
    {
        public float* X, Sums;
        public int Rows, N;

        public readonly void Run(int start, int end)
        {
            for (long block = start; block < end; block++)
            {
                long first = block * RowBlocks.Height;
                Block(X + first * N, (int)Math.Min(RowBlocks.Height, Rows - first), N, Sums + block * N);
            }
        }
    }
}
