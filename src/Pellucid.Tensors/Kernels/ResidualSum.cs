using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>y = x + added/(1 - p) where <see cref="DropoutMask"/> keeps added, else x: dropout inside the addition behind it.</summary>
internal static unsafe class ResidualSum
{
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> added, ReadOnlySpan<float> mask, float p, Span<float> y)
    {
        Edge.Length(x.Length, y.Length, nameof(x));
        Edge.Length(added.Length, y.Length, nameof(added));
        Edge.Length(mask.Length, DropoutMask.Length(y.Length), nameof(mask));
        fixed (float* px = x, pa = added, pk = mask, py = y)
            Split.Over((y.Length + Block - 1) / Block, 2L * Block, new Body { X = px, Added = pa, Mask = pk, Factor = DropoutMask.Factor(p), Y = py, N = y.Length });
    }

    private const int Block = 2048;

    private struct Body : IRangeBody
    {
        public float* X, Added, Mask, Y;
        public float Factor;
        public int N;

        public readonly void Run(int start, int end)
        {
            long i = (long)start * Block, last = Math.Min((long)end * Block, N);
            var factor = Lanes.Set(Factor);
            for (; i <= last - Lanes.Width; i += Lanes.Width)
                (((Lanes.Load(Added + i) * factor) & DropoutMask.Lanes16(Mask, i)) + Lanes.Load(X + i)).Store(Y + i);
            int n = (int)(last - i);
            if (n > 0)
                Lanes.StoreTail(((Lanes.LoadTail(Added + i, n) * factor) & DropoutMask.Lanes16(Mask, i)) + Lanes.LoadTail(X + i, n), Y + i, n);
        }
    }
}
