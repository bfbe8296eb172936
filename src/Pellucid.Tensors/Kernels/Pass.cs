using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>y = f(a, b), element by element; functions of one argument ignore b.</summary>
internal interface IElementFunction
{
    V Invoke(V a, V b);
}

/// <summary>One pass over memory: y = f(a, b), or y += f(a, b). Outputs may alias inputs exactly.</summary>
internal static unsafe class Pass
{
    public static void Run<TFunction>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y, TFunction f, bool accumulate = false)
        where TFunction : struct, IElementFunction
    {
        Edge.Length(a.Length, y.Length, nameof(a));
        Edge.Length(b.Length, y.Length, nameof(b));
        fixed (float* pa = a, pb = b, py = y)
        {
            int blocks = (y.Length + Block - 1) / Block;
            Split.Over(blocks, Block, new Body<TFunction> { A = pa, B = pb, Y = py, N = y.Length, F = f, Accumulate = accumulate });
        }
    }

    public static void Run<TFunction>(ReadOnlySpan<float> x, Span<float> y, TFunction f, bool accumulate = false)
        where TFunction : struct, IElementFunction => Run(x, x, y, f, accumulate);

    /// <summary>The same over raw memory, on the calling thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row<TFunction>(float* a, float* b, float* y, int n, TFunction f, bool accumulate)
        where TFunction : struct, IElementFunction
    {
        int i = 0;
        if (accumulate)
        {
            for (; i <= n - Lanes.Width; i += Lanes.Width) Store(Lanes.Load(y + i) + f.Invoke(Lanes.Load(a + i), Lanes.Load(b + i)), y + i);
            if (i < n) Lanes.StoreTail(Lanes.LoadTail(y + i, n - i) + f.Invoke(Lanes.LoadTail(a + i, n - i), Lanes.LoadTail(b + i, n - i)), y + i, n - i);
            return;
        }
        for (; i <= n - Lanes.Width; i += Lanes.Width) Store(f.Invoke(Lanes.Load(a + i), Lanes.Load(b + i)), y + i);
        if (i < n) Lanes.StoreTail(f.Invoke(Lanes.LoadTail(a + i, n - i), Lanes.LoadTail(b + i, n - i)), y + i, n - i);
    }

    private const int Block = 1024;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(V v, float* y) => System.Runtime.Intrinsics.Vector512.Store(v, y);

    private struct Body<TFunction> : IRangeBody where TFunction : struct, IElementFunction
    {
        public float* A, B, Y;
        public int N;
        public TFunction F;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            long first = (long)start * Block;
            int count = (int)(Math.Min((long)end * Block, N) - first);
            Row(A + first, B + first, Y + first, count, F, Accumulate);
        }
    }
}
