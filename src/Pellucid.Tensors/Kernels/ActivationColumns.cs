using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The way back through dropout and an activation f, with the sums over the rows that a bias before f wants, in one pass:
/// dz = dropout(dy)·f'(at), dbias[j] += Σ over rows of dz[r, j] in <see cref="RowBlocks"/>.
/// </summary>
internal static unsafe class ActivationColumns
{
    /// <summary>
    /// at is the input of f; for ReLU it may be what dropout made of its output, which is positive in the same places where anything passes.
    /// An empty mask keeps everything; an empty dbias is skipped; dz may be dy itself.
    /// </summary>
    public static void Backward(ElementFunction f, ReadOnlySpan<float> at, ReadOnlySpan<float> dy, ReadOnlySpan<float> mask, float p, int rows, int n, Span<float> dz, Span<float> dbias)
    {
        int count = Edge.Count(rows, n);
        Edge.Length(at.Length, count, nameof(at));
        Edge.Length(dy.Length, count, nameof(dy));
        Edge.LengthOrEmpty(mask.Length, DropoutMask.Length(count), nameof(mask));
        Edge.Length(dz.Length, count, nameof(dz));
        Edge.LengthOrEmpty(dbias.Length, n, nameof(dbias));
        if (count == 0) return;
        int blocks = RowBlocks.Count(rows);
        fixed (float* pa = at, pdy = dy, pk = mask, pdz = dz, pdb = dbias, sums = dbias.IsEmpty ? null : RowBlocks.Scratch(rows, n))
        {
            var shape = new Shape { At = pa, Dy = pdy, Mask = pk, Factor = DropoutMask.Factor(p), Dz = pdz, Sums = sums, Rows = rows, N = n };
            switch (f)
            {
                case ElementFunction.Relu: Over(blocks, shape, default(Activations.ReluGradient)); break;
                case ElementFunction.Gelu: Over(blocks, shape, default(Activations.GeluGradient)); break;
                case ElementFunction.GeluTanh: Over(blocks, shape, default(Activations.GeluTanhGradient)); break;
                case ElementFunction.Silu: Over(blocks, shape, default(Activations.SiluGradient)); break;
                default: throw new ArgumentOutOfRangeException(nameof(f), f, "this function's derivative reads its output; it has no such pass.");
            }
            if (pdb != null) RowBlocks.Fold(sums, blocks, n, 0, pdb, n);
        }
    }

    private static void Over<TFunction>(int blocks, Shape shape, TFunction f) where TFunction : struct, IElementFunction =>
        Split.Over(blocks, 3L * RowBlocks.Height * shape.N, new Body<TFunction> { S = shape, F = f });

    private struct Shape
    {
        public float* At, Dy, Mask, Dz, Sums;
        public float Factor;
        public int Rows, N;
    }

    private struct Body<TFunction> : IRangeBody where TFunction : struct, IElementFunction
    {
        public Shape S;
        public TFunction F;

        public readonly void Run(int start, int end)
        {
            for (long block = start; block < end; block++)
            {
                float* sums = S.Sums == null ? null : S.Sums + block * S.N;
                if (sums != null) new Span<float>(sums, S.N).Clear();
                long r = block * RowBlocks.Height, last = Math.Min(r + RowBlocks.Height, S.Rows);
                for (; r <= last - 4; r += 4) Rows(r, 4, sums);
                for (; r < last; r++) Rows(r, 1, sums);
            }
        }

        /// <summary>A few rows side by side, so that their sums are loaded and stored once.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Rows(long first, int rows, float* sums)
        {
            for (int j = 0; j < S.N; j += Lanes.Width)
            {
                int n = S.N - j;
                var sum = sums == null ? default : Lanes.LoadUpTo(sums + j, n);
                long e = first * S.N + j;
                for (int r = 0; r < rows; r++, e += S.N)
                {
                    var v = Lanes.LoadUpTo(S.Dy + e, n);
                    if (S.Mask != null) v = (v * Lanes.Set(S.Factor)) & DropoutMask.Lanes16(S.Mask, e);
                    v = F.Invoke(Lanes.LoadUpTo(S.At + e, n), v);
                    Lanes.StoreUpTo(v, S.Dz + e, n);
                    sum += v;
                }
                if (sums != null) Lanes.StoreUpTo(sum, sums + j, n);
            }
        }
    }
}
