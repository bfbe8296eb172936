using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Sum, mean and maximum over the middle axis of [outer, axis, inner] into [outer, inner]. Inner 1 folds the sixteen
/// lanes; a wider inner adds in the order of the axis.
/// </summary>
internal static unsafe class Reduce
{
    public static void Sum(ReadOnlySpan<float> x, int outer, int axis, int inner, Span<float> y, bool accumulate = false) =>
        Run<Add>(x, outer, axis, inner, y, 1f, accumulate);

    public static void Mean(ReadOnlySpan<float> x, int outer, int axis, int inner, Span<float> y, bool accumulate = false) =>
        Run<Add>(x, outer, axis, inner, y, 1f / axis, accumulate);

    /// <summary>Negative infinity over an empty axis.</summary>
    public static void Max(ReadOnlySpan<float> x, int outer, int axis, int inner, Span<float> y) =>
        Run<Larger>(x, outer, axis, inner, y, 1f, accumulate: false);

    /// <summary>The gradient of a sum: dx[o, a, i] (+)= factor·dy[o, i]; factor 1/axis for a mean.</summary>
    public static void SumBackward(ReadOnlySpan<float> dy, int outer, int axis, int inner, float factor, Span<float> dx, bool accumulate)
    {
        Check(dx.Length, outer, axis, inner, dy.Length);
        fixed (float* pdy = dy, pdx = dx)
            for (long o = 0; o < outer; o++)
            {
                if (inner == 1)
                {
                    Pass.Row(pdx + o * axis, pdx + o * axis, pdx + o * axis, axis, new Constant { Value = factor * pdy[o] }, accumulate);
                    continue;
                }
                float* row = pdy + o * inner;
                for (long a = 0; a < axis; a++)
                    Pass.Row(row, row, pdx + (o * axis + a) * inner, inner, new Elementwise.Scaled { Factor = factor }, accumulate);
            }
    }

    /// <summary>Position of the first maximum of each row of n.</summary>
    public static void ArgMax(ReadOnlySpan<float> x, int rows, int n, Span<int> y)
    {
        Edge.Length(x.Length, Edge.Count(rows, n), nameof(x));
        Edge.Length(y.Length, rows, nameof(y));
        for (int r = 0; r < rows; r++)
        {
            var row = x.Slice(r * n, n);
            int best = 0;
            for (int i = 1; i < n; i++)
                if (row[i] > row[best]) best = i;
            y[r] = best;
        }
    }

    private static void Run<TFold>(ReadOnlySpan<float> x, int outer, int axis, int inner, Span<float> y, float factor, bool accumulate) where TFold : struct, IFold
    {
        Check(x.Length, outer, axis, inner, y.Length);
        fixed (float* px = x, py = y)
            Split.Over(outer, (long)axis * inner, new Body<TFold> { X = px, Y = py, Axis = axis, Inner = inner, Factor = factor, Accumulate = accumulate });
    }

    private static void Check(int full, int outer, int axis, int inner, int reduced)
    {
        Edge.Length(full, Edge.Count(Edge.Count(outer, axis), inner), "x");
        Edge.Length(reduced, Edge.Count(outer, inner), "y");
    }

    private interface IFold : IElementFunction
    {
        static abstract float Start { get; }
        static abstract float Row(float* x, int n);
    }

    private struct Add : IFold
    {
        public static float Start => 0;
        public static float Row(float* x, int n) => Lanes.Sum(x, n);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => a + b;
    }

    private struct Larger : IFold
    {
        public static float Start => float.NegativeInfinity;
        public static float Row(float* x, int n) => Lanes.Max(x, n);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => Lanes.Larger(a, b);
    }

    private struct Constant : IElementFunction
    {
        public float Value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => Lanes.Set(Value);
    }

    private struct Body<TFold> : IRangeBody where TFold : struct, IFold
    {
        public float* X, Y;
        public int Axis, Inner;
        public float Factor;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            if (Inner == 1)
            {
                for (long o = start; o < end; o++)
                {
                    float value = TFold.Row(X + o * Axis, Axis) * Factor;
                    Y[o] = Accumulate ? Y[o] + value : value;
                }
                return;
            }
            for (long o = start; o < end; o++)
                for (int i = 0; i < Inner; i += Lanes.Width) Columns(X + o * Axis * Inner + i, Y + o * Inner + i, Inner - i);
        }

        private readonly void Columns(float* x, float* y, int n)
        {
            var folded = Lanes.Set(TFold.Start);
            bool whole = n >= Lanes.Width;
            for (int a = 0; a < Axis; a++, x += Inner)
                folded = default(TFold).Invoke(folded, whole ? Lanes.Load(x) : Lanes.LoadTail(x, n));
            folded *= Lanes.Set(Factor);
            if (Accumulate) folded += whole ? Lanes.Load(y) : Lanes.LoadTail(y, n);
            if (whole) System.Runtime.Intrinsics.Vector512.Store(folded, y);
            else Lanes.StoreTail(folded, y, n);
        }
    }
}
