using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// y = e^(x - max x) / Σ e^(x - max x) over rows of n. A row that is all negative infinity (fully masked) gives zeros;
/// a NaN anywhere gives NaN everywhere in its row.
/// </summary>
internal static unsafe class Softmax
{
    public static void Forward(ReadOnlySpan<float> x, int rows, int n, Span<float> y)
    {
        int count = Edge.Count(rows, n);
        Edge.Length(x.Length, count, nameof(x));
        Edge.Length(y.Length, count, nameof(y));
        fixed (float* px = x, py = y) Split.Over(rows, 8L * n, new ForwardBody { X = px, Y = py, N = n });
    }

    /// <summary>dx = y·(dy - Σ dy·y).</summary>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int n, Span<float> dx, bool accumulate)
    {
        int count = Edge.Count(rows, n);
        Edge.Length(y.Length, count, nameof(y));
        Edge.Length(dy.Length, count, nameof(dy));
        Edge.Length(dx.Length, count, nameof(dx));
        fixed (float* py = y, pdy = dy, pdx = dx) Split.Over(rows, 4L * n, new BackwardBody { Y = py, Dy = pdy, Dx = pdx, N = n, Accumulate = accumulate });
    }

    public static void Row(float* x, float* y, int n)
    {
        float max = Lanes.Max(x, n);
        if (max == float.NegativeInfinity)
        {
            new Span<float>(y, n).Fill(float.IsNaN(Lanes.Sum(x, n)) ? float.NaN : 0f);
            return;
        }
        Lanes.Scale(y, n, 1f / Exponentials(x, max, y, n));
    }

    public static void BackwardRow(float* y, float* dy, float* dx, int n, bool accumulate) =>
        Pass.Row(y, dy, dx, n, new Gradient { Mean = Lanes.Dot(y, dy, n) }, accumulate);

    /// <summary>y = e^(x - max); returns its sum.</summary>
    private static float Exponentials(float* x, float max, float* y, int n)
    {
        var m = Lanes.Set(max);
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var e = VectorMath.Exp(Lanes.Load(x + i) - m);
            sum += e;
            e.Store(y + i);
        }
        if (i < n)
        {
            var e = VectorMath.Exp(Lanes.LoadTail(x + i, n - i) - m) & Lanes.Mask(n - i);
            sum += e;
            Lanes.StoreTail(e, y + i, n - i);
        }
        return Lanes.Fold(sum);
    }

    /// <summary>Σ e^(x - max), nothing stored. Fetches what follows the row meanwhile: the next row, as a rule.</summary>
    public static float SumOfExponentials(float* x, float max, int n)
    {
        var m = Lanes.Set(max);
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            Lanes.Prefetch(x + n + i);
            sum += VectorMath.ExpNormal(Lanes.Load(x + i) - m);
        }
        if (i < n) sum += VectorMath.ExpNormal(Lanes.LoadTail(x + i, n - i) - m) & Lanes.Mask(n - i);
        return Lanes.Fold(sum);
    }

    /// <summary>The twin in double: documentation and oracle.</summary>
    public static void Naive(ReadOnlySpan<double> x, int rows, int n, Span<double> y)
    {
        for (int r = 0; r < rows; r++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int i = 0; i < n; i++) max = Math.Max(max, x[r * n + i]);
            for (int i = 0; i < n; i++) sum += y[r * n + i] = double.IsNegativeInfinity(max) ? 0 : Math.Exp(x[r * n + i] - max);
            for (int i = 0; i < n; i++) y[r * n + i] = sum == 0 ? 0 : y[r * n + i] / sum;
        }
    }

    private struct Gradient : IElementFunction
    {
        public float Mean;

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => y * (dy - Lanes.Set(Mean));
    }

    private struct ForwardBody : IRangeBody
    {
        public float* X, Y;
        public int N;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++) Row(X + r * N, Y + r * N, N);
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* Y, Dy, Dx;
        public int N;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++) BackwardRow(Y + r * N, Dy + r * N, Dx + r * N, N, Accumulate);
        }
    }
}
