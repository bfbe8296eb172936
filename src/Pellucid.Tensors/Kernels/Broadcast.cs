using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// NumPy's broadcasting: shapes are aligned at their last axis, and an axis of length 1 (or an absent one) repeats.
/// Shapes are passed as given; the result's shape is what <see cref="Shape"/> says.
/// </summary>
internal static unsafe class Broadcast
{
    /// <summary>The shape of a result.</summary>
    /// <exception cref="ArgumentException">Two lengths differ and neither is 1.</exception>
    public static int[] Shape(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var shape = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            int la = i <= a.Length ? a[^i] : 1, lb = i <= b.Length ? b[^i] : 1;
            if (la != lb && la != 1 && lb != 1)
                throw new ArgumentException($"Shapes [{string.Join(", ", a.ToArray())}] and [{string.Join(", ", b.ToArray())}] do not broadcast: {la} against {lb}, {i} from the end.");
            shape[^i] = la == 1 ? lb : la;
        }
        return shape;
    }

    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<int> aShape, ReadOnlySpan<float> b, ReadOnlySpan<int> bShape, Span<float> y, bool accumulate = false) =>
        Run(a, aShape, b, bShape, y, default(Elementwise.Sum), accumulate);

    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<int> aShape, ReadOnlySpan<float> b, ReadOnlySpan<int> bShape, Span<float> y, bool accumulate = false) =>
        Run(a, aShape, b, bShape, y, default(Elementwise.Difference), accumulate);

    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<int> aShape, ReadOnlySpan<float> b, ReadOnlySpan<int> bShape, Span<float> y, bool accumulate = false) =>
        Run(a, aShape, b, bShape, y, default(Elementwise.Product), accumulate);

    /// <summary>
    /// The gradient of a broadcast: g, of shape gShape, is summed over the axes along which target was repeated. Sums over
    /// leading axes go in the order of g's rows; along the last axis the sixteen lanes fold.
    /// </summary>
    public static void ReduceTo(ReadOnlySpan<float> g, ReadOnlySpan<int> gShape, Span<float> target, ReadOnlySpan<int> targetShape, bool accumulate)
    {
        Edge.Length(g.Length, Size(gShape), nameof(g));
        Edge.Length(target.Length, Size(targetShape), nameof(target));
        if (!Shape(gShape, targetShape).AsSpan().SequenceEqual(gShape)) throw new ArgumentException("A gradient cannot be reduced to a larger shape.", nameof(targetShape));
        if (!accumulate) target.Clear();
        if (g.Length == target.Length) Elementwise.AddInto(g, target);
        else if (IsSuffix(targetShape, gShape)) ColumnSums.AddInto(g, target.Length == 0 ? 0 : g.Length / target.Length, target.Length, target);
        else ReduceByStrides(g, gShape, target, targetShape);
    }

    private static void Run<TFunction>(ReadOnlySpan<float> a, ReadOnlySpan<int> aShape, ReadOnlySpan<float> b, ReadOnlySpan<int> bShape, Span<float> y, TFunction f, bool accumulate)
        where TFunction : struct, IElementFunction
    {
        var shape = Shape(aShape, bShape);
        Edge.Length(a.Length, Size(aShape), nameof(a));
        Edge.Length(b.Length, Size(bShape), nameof(b));
        Edge.Length(y.Length, Size(shape), nameof(y));
        if (y.IsEmpty) return;
        if (a.Length == y.Length && b.Length == y.Length)
        {
            Pass.Run(a, b, y, f, accumulate);
            return;
        }
        fixed (float* pa = a, pb = b, py = y)
        {
            if (a.Length == y.Length && IsSuffix(bShape, shape))
            {
                Split.Over(y.Length / b.Length, b.Length, new RowsBody<TFunction> { A = pa, B = pb, Y = py, N = b.Length, F = f, Accumulate = accumulate });
                return;
            }
            ByStrides(pa, Strides(aShape, shape), pb, Strides(bShape, shape), py, shape, f, accumulate);
        }
    }

    /// <summary>Walks the leading axes like an odometer; the last axis is one vector loop, a repeated operand one register.</summary>
    private static void ByStrides<TFunction>(float* a, int[] aStrides, float* b, int[] bStrides, float* y, int[] shape, TFunction f, bool accumulate)
        where TFunction : struct, IElementFunction
    {
        int n = shape[^1];
        var index = new int[shape.Length];
        do
        {
            float* pa = a + Offset(index, aStrides), pb = b + Offset(index, bStrides);
            bool repeatA = aStrides[^1] == 0, repeatB = bStrides[^1] == 0;
            if (repeatA && repeatB) Pass.Row(y, y, y, n, new BothFixed<TFunction> { F = f, A = *pa, B = *pb }, accumulate);
            else if (repeatA) Pass.Row(pb, pb, y, n, new LeftFixed<TFunction> { F = f, A = *pa }, accumulate);
            else if (repeatB) Pass.Row(pa, pa, y, n, new RightFixed<TFunction> { F = f, B = *pb }, accumulate);
            else Pass.Row(pa, pb, y, n, f, accumulate);
            y += n;
        }
        while (Advance(index, shape));
    }

    private static void ReduceByStrides(ReadOnlySpan<float> g, ReadOnlySpan<int> gShape, Span<float> target, ReadOnlySpan<int> targetShape)
    {
        if (g.IsEmpty) return;
        int[] shape = gShape.ToArray(), strides = Strides(targetShape, shape), index = new int[shape.Length];
        int n = shape[^1];
        fixed (float* pg = g, pt = target)
        {
            float* row = pg;
            do
            {
                float* to = pt + Offset(index, strides);
                if (strides[^1] == 0) *to += Lanes.Sum(row, n);
                else Pass.Row(to, row, to, n, default(Elementwise.Sum), accumulate: false);
                row += n;
            }
            while (Advance(index, shape));
        }
    }

    private static int Size(ReadOnlySpan<int> shape)
    {
        int size = 1;
        foreach (int n in shape) size = checked(size * n);
        return size;
    }

    /// <summary>small = the last axes of large, all of full length.</summary>
    private static bool IsSuffix(ReadOnlySpan<int> small, ReadOnlySpan<int> large)
    {
        while (small.Length > 0 && small[0] == 1) small = small[1..];
        return small.Length <= large.Length && large[^small.Length..].SequenceEqual(small);
    }

    /// <summary>Strides of an operand inside the result's shape; 0 where it repeats.</summary>
    private static int[] Strides(ReadOnlySpan<int> operand, int[] shape)
    {
        var strides = new int[shape.Length];
        int stride = 1;
        for (int i = 1; i <= operand.Length; i++)
        {
            strides[^i] = operand[^i] == 1 ? 0 : stride;
            stride *= operand[^i];
        }
        return strides;
    }

    private static long Offset(int[] index, int[] strides)
    {
        long offset = 0;
        for (int i = 0; i < index.Length - 1; i++) offset += (long)index[i] * strides[i];
        return offset;
    }

    /// <summary>The next index over all axes but the last; false after the last one.</summary>
    private static bool Advance(int[] index, int[] shape)
    {
        for (int i = shape.Length - 2; i >= 0; i--)
        {
            if (++index[i] < shape[i]) return true;
            index[i] = 0;
        }
        return false;
    }

    private struct BothFixed<TFunction> : IElementFunction where TFunction : struct, IElementFunction
    {
        public TFunction F;
        public float A, B;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => F.Invoke(Lanes.Set(A), Lanes.Set(B));
    }

    private struct LeftFixed<TFunction> : IElementFunction where TFunction : struct, IElementFunction
    {
        public TFunction F;
        public float A;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => F.Invoke(Lanes.Set(A), b);
    }

    private struct RightFixed<TFunction> : IElementFunction where TFunction : struct, IElementFunction
    {
        public TFunction F;
        public float B;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => F.Invoke(a, Lanes.Set(B));
    }

    private struct RowsBody<TFunction> : IRangeBody where TFunction : struct, IElementFunction
    {
        public float* A, B, Y;
        public int N;
        public TFunction F;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++) Pass.Row(A + r * N, B, Y + r * N, N, F, Accumulate);
        }
    }
}
