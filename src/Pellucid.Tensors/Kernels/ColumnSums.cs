using System.Runtime.Intrinsics;

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

    /// <summary>sums[j] = Σ x[r, j] over at most <see cref="RowBlocks.Height"/> rows, one after the other.</summary>
    public static void Block(float* x, int rows, int n, float* sums)
    {
        int j = 0;
        for (; j <= n - 4 * Lanes.Width; j += 4 * Lanes.Width)
        {
            float* at = x + j;
            Vector512<float> a = default, b = default, c = default, d = default;
            for (int r = 0; r < rows; r++, at += n)
            {
                a += Lanes.Load(at);
                b += Lanes.Load(at + 16);
                c += Lanes.Load(at + 32);
                d += Lanes.Load(at + 48);
            }
            a.Store(sums + j);
            b.Store(sums + j + 16);
            c.Store(sums + j + 32);
            d.Store(sums + j + 48);
        }
        for (; j < n; j += Lanes.Width)
        {
            int count = Math.Min(Lanes.Width, n - j);
            float* at = x + j;
            var sum = Vector512<float>.Zero;
            for (int r = 0; r < rows; r++, at += n) sum += count == Lanes.Width ? Lanes.Load(at) : Lanes.LoadTail(at, count);
            if (count == Lanes.Width) sum.Store(sums + j);
            else Lanes.StoreTail(sum, sums + j, count);
        }
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
