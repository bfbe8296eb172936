using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// y_i = x_i / (1 - p) where element firstElement + i is kept (<see cref="DropoutMask"/>), else 0 (Srivastava et al. 2014, inverted).
/// </summary>
internal static unsafe class Dropout
{
    /// <summary>The mask is made on the way and not stored: the same call on dy is the backward pass.</summary>
    public static void Apply(Rng key, ulong firstElement, float p, ReadOnlySpan<float> x, Span<float> y, bool accumulate = false)
    {
        Edge.Length(x.Length, y.Length, nameof(x));
        _ = DropoutMask.Threshold(p);
        fixed (float* px = x, py = y)
        {
            var body = new Body { Key = key.Key, First = firstElement, P = p, X = px, Y = py, N = y.Length, Accumulate = accumulate };
            Split.Over((y.Length + Block - 1) / Block, 4L * Block, body);
        }
    }

    /// <summary>The same with a stored mask of elements 0 .. n-1.</summary>
    public static void Apply(ReadOnlySpan<float> mask, float p, ReadOnlySpan<float> x, Span<float> y, bool accumulate = false)
    {
        Edge.Length(x.Length, y.Length, nameof(x));
        Edge.Length(mask.Length, DropoutMask.Length(y.Length), nameof(mask));
        fixed (float* pm = mask, px = x, py = y)
            Split.Over((y.Length + Block - 1) / Block, Block, new MaskedBody { Mask = pm, Factor = DropoutMask.Factor(p), X = px, Y = py, N = y.Length, Accumulate = accumulate });
    }

    /// <summary>The first form over raw memory, on the calling thread.</summary>
    public static void Row(ulong key, ulong first, float p, float* x, float* y, long n, bool accumulate)
    {
        var threshold = Vector512.Create(DropoutMask.Threshold(p));
        var factor = Lanes.Set(DropoutMask.Factor(p));
        float* mask = stackalloc float[DropoutMask.Length(DropoutMask.GroupElements)];
        for (long i = 0; i < n;)
        {
            ulong element = first + (ulong)i;
            int skip = (int)(element % DropoutMask.GroupElements), count = (int)Math.Min(DropoutMask.GroupElements - skip, n - i);
            DropoutMask.Group(key, element / DropoutMask.GroupElements, threshold, (ushort*)mask);
            Keep(mask, skip, factor, x + i, y + i, count, accumulate);
            i += count;
        }
    }

    private const int Block = 4096;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(float* mask, long first, Vector512<float> factor, float* x, float* y, int n, bool accumulate)
    {
        int i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var v = (Lanes.Load(x + i) * factor) & DropoutMask.Lanes16(mask, first + i);
            (accumulate ? Lanes.Load(y + i) + v : v).Store(y + i);
        }
        if (i < n)
        {
            var v = (Lanes.LoadTail(x + i, n - i) * factor) & DropoutMask.Lanes16(mask, first + i);
            Lanes.StoreTail(accumulate ? Lanes.LoadTail(y + i, n - i) + v : v, y + i, n - i);
        }
    }

    private struct Body : IRangeBody
    {
        public ulong Key, First;
        public float P;
        public float* X, Y;
        public int N;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            long first = (long)start * Block, last = Math.Min((long)end * Block, N);
            Row(Key, First + (ulong)first, P, X + first, Y + first, last - first, Accumulate);
        }
    }

    private struct MaskedBody : IRangeBody
    {
        public float* Mask, X, Y;
        public float Factor;
        public int N;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            long first = (long)start * Block, last = Math.Min((long)end * Block, N);
            Keep(Mask, first, Lanes.Set(Factor), X + first, Y + first, (int)(last - first), Accumulate);
        }
    }
}
