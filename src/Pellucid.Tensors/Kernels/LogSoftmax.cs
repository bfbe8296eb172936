using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>y = x - max x - ln Σ e^(x - max x) over rows of n. A fully masked row gives negative infinities.</summary>
internal static unsafe class LogSoftmax
{
    public static void Forward(ReadOnlySpan<float> x, int rows, int n, Span<float> y)
    {
        int count = Edge.Count(rows, n);
        Edge.Length(x.Length, count, nameof(x));
        Edge.Length(y.Length, count, nameof(y));
        fixed (float* px = x, py = y) Split.Over(rows, 8L * n, new ForwardBody { X = px, Y = py, N = n });
    }

    /// <summary>dx = dy - e^y·Σ dy.</summary>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int n, Span<float> dx, bool accumulate)
    {
        int count = Edge.Count(rows, n);
        Edge.Length(y.Length, count, nameof(y));
        Edge.Length(dy.Length, count, nameof(dy));
        Edge.Length(dx.Length, count, nameof(dx));
        fixed (float* py = y, pdy = dy, pdx = dx) Split.Over(rows, 8L * n, new BackwardBody { Y = py, Dy = pdy, Dx = pdx, N = n, Accumulate = accumulate });
    }

    /// <summary>
    /// ln Σ e^x of one row as max x + ln Σ e^(x - max x), the second part apart because beside a large maximum it would lose its digits.
    /// Negative infinity and 0 for a fully masked row.
    /// </summary>
    public static (float Max, double LogSum) LogSumExp(float* x, int n)
    {
        float max = Lanes.Max(x, n);
        if (max == float.NegativeInfinity) return (Lanes.Sum(x, n), 0); // -infinity, or the NaN that hid behind it
        return (max, Math.Log(Softmax.SumOfExponentials(x, max, n)));
    }

    /// <summary>The same, and the sum of the row, in one pass less.</summary>
    public static (float Max, double LogSum, float Sum) LogSumExpAndSum(float* x, int n)
    {
        var (max, sum) = Lanes.MaxAndSum(x, n);
        return max == float.NegativeInfinity ? (sum, 0, sum) : (max, Math.Log(Softmax.SumOfExponentials(x, max, n)), sum);
    }

    public static void Naive(ReadOnlySpan<double> x, int rows, int n, Span<double> y)
    {
        for (int r = 0; r < rows; r++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int i = 0; i < n; i++) max = Math.Max(max, x[r * n + i]);
            for (int i = 0; i < n; i++) sum += Math.Exp(x[r * n + i] - max);
            for (int i = 0; i < n; i++) y[r * n + i] = double.IsNegativeInfinity(max) ? max : x[r * n + i] - max - Math.Log(sum);
        }
    }

    private struct Shift : IElementFunction
    {
        public float Max, LogSum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Invoke(Vector512<float> x, Vector512<float> _) => x - Lanes.Set(Max) - Lanes.Set(LogSum);
    }

    private struct Gradient : IElementFunction
    {
        public float Total;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Invoke(Vector512<float> y, Vector512<float> dy) => Lanes.Fma(VectorMath.Exp(y), Lanes.Set(-Total), dy);
    }

    private struct ForwardBody : IRangeBody
    {
        public float* X, Y;
        public int N;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++)
            {
                float* x = X + r * N;
                float* y = Y + r * N;
                var (max, logSum) = LogSumExp(x, N);
                if (max == float.NegativeInfinity) new Span<float>(y, N).Fill(max);
                else Pass.Row(x, x, y, N, new Shift { Max = max, LogSum = (float)logSum }, accumulate: false);
            }
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* Y, Dy, Dx;
        public int N;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++)
                Pass.Row(Y + r * N, Dy + r * N, Dx + r * N, N, new Gradient { Total = Lanes.Sum(Dy + r * N, N) }, Accumulate);
        }
    }
}
