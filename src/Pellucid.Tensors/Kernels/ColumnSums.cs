using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>y[j] += Σ over rows of x[r, j], in row order (the gradient of a bias). Threads take columns.</summary>
internal static unsafe class ColumnSums
{
    public static void AddInto(ReadOnlySpan<float> x, int rows, int n, Span<float> y)
    {
        Edge.Length(x.Length, Edge.Count(rows, n), nameof(x));
        Edge.Length(y.Length, n, nameof(y));
        fixed (float* px = x, py = y)
            Split.OverColumns((n + Lanes.Width - 1) / Lanes.Width, (long)rows * Lanes.Width, new Body { X = px, Y = py, Rows = rows, N = n });
    }

    private struct Body : IRangeBody
    {
        public float* X, Y;
        public int Rows, N;

        public readonly void Run(int start, int end)
        {
            int block = start;
            for (; block <= end - 4 && (block + 4) * Lanes.Width <= N; block += 4) Four(X + block * Lanes.Width, Y + block * Lanes.Width);
            for (; block < end; block++)
            {
                int i = block * Lanes.Width, n = Math.Min(Lanes.Width, N - i);
                if (n == Lanes.Width) One(X + i, Y + i);
                else Tail(X + i, Y + i, n);
            }
        }

        private readonly void Four(float* x, float* y)
        {
            Vector512<float> a = default, b = default, c = default, d = default;
            for (int r = 0; r < Rows; r++, x += N)
            {
                a += Lanes.Load(x);
                b += Lanes.Load(x + 16);
                c += Lanes.Load(x + 32);
                d += Lanes.Load(x + 48);
            }
            (Lanes.Load(y) + a).Store(y);
            (Lanes.Load(y + 16) + b).Store(y + 16);
            (Lanes.Load(y + 32) + c).Store(y + 32);
            (Lanes.Load(y + 48) + d).Store(y + 48);
        }

        private readonly void One(float* x, float* y)
        {
            var sum = Vector512<float>.Zero;
            for (int r = 0; r < Rows; r++, x += N) sum += Lanes.Load(x);
            (Lanes.Load(y) + sum).Store(y);
        }

        private readonly void Tail(float* x, float* y, int n)
        {
            var sum = Vector512<float>.Zero;
            for (int r = 0; r < Rows; r++, x += N) sum += Lanes.LoadTail(x, n);
            Lanes.StoreTail(Lanes.LoadTail(y, n) + sum, y, n);
        }
    }
}
