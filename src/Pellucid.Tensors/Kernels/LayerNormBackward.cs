using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>The derivative of <see cref="LayerNorm"/>: everything in one pass over the rows.</summary>
internal static unsafe partial class LayerNorm
{
    /// <summary>
    /// With ŝ = (s - mean)·rstd and g = dy·γ: ds = rstd·(g - mean(g) - ŝ·mean(g·ŝ)); dγ += Σ dy·ŝ and dβ += Σ dy over the rows, in <see cref="RowBlocks"/>.
    /// dx (+)= ds, and dadded (+)= ds, or ds/(1 - p) where the mask keeps it. Empty outputs are skipped; dx or dadded may be dy itself.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> s, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd,
        ReadOnlySpan<float> gamma, int rows, int D, Span<float> dx, bool accumulate, Span<float> dgamma, Span<float> dbeta,
        ReadOnlySpan<float> mask = default, float p = 0, Span<float> dadded = default, bool accumulateAdded = false)
    {
        int count = Edge.Count(rows, D);
        Edge.Length(dy.Length, count, nameof(dy));
        Edge.Length(s.Length, count, nameof(s));
        Edge.Length(mean.Length, rows, nameof(mean));
        Edge.Length(rstd.Length, rows, nameof(rstd));
        Edge.Length(gamma.Length, D, nameof(gamma));
        Edge.LengthOrEmpty(dx.Length, count, nameof(dx));
        Edge.LengthOrEmpty(dgamma.Length, D, nameof(dgamma));
        Edge.LengthOrEmpty(dbeta.Length, D, nameof(dbeta));
        Edge.LengthOrEmpty(mask.Length, DropoutMask.Length(count), nameof(mask));
        Edge.LengthOrEmpty(dadded.Length, count, nameof(dadded));
        if (count == 0) return;
        bool parameters = !dgamma.IsEmpty || !dbeta.IsEmpty;
        int blocks = RowBlocks.Count(rows);
        fixed (float* pdy = dy, ps = s, pm = mean, pr = rstd, pg = gamma, pdx = dx, pdg = dgamma, pdb = dbeta, pk = mask, pda = dadded, sums = parameters ? RowBlocks.Scratch(rows, 2 * D) : null)
        {
            Split.Over(blocks, 4L * RowBlocks.Height * D, new BackwardBody
            {
                Dy = pdy, S = ps, Mean = pm, Rstd = pr, Gamma = pg, Rows = rows, D = D, Sums = sums, Mask = pk, Factor = DropoutMask.Factor(p),
                Dx = pdx, Accumulate = accumulate, Dadded = pda, AccumulateAdded = accumulateAdded,
            });
            if (pdg != null) RowBlocks.Fold(sums, blocks, 2 * D, 0, pdg, D);
            if (pdb != null) RowBlocks.Fold(sums, blocks, 2 * D, D, pdb, D);
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* Dy, S, Mean, Rstd, Gamma, Sums, Mask, Dx, Dadded;
        public int Rows, D;
        public float Factor;
        public bool Accumulate, AccumulateAdded;

        public readonly void Run(int start, int end)
        {
            for (long block = start; block < end; block++)
            {
                float* sums = Sums == null ? null : Sums + block * 2 * D;
                if (sums != null) new Span<float>(sums, 2 * D).Clear();
                long last = Math.Min((block + 1) * RowBlocks.Height, Rows);
                for (long r = block * RowBlocks.Height; r < last; r++) Row(r, sums);
            }
        }

        private readonly void Row(long r, float* sums)
        {
            float* s = S + r * D;
            float* dy = Dy + r * D;
            var m = Lanes.Set(Mean[r]);
            var factor = Lanes.Set(Rstd[r]);
            Vector512<float> sum = default, sumHat = default;
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var (d, hat) = (Lanes.LoadUpTo(dy + i, n), (Lanes.LoadUpTo(s + i, n) - m) * factor);
                if (sums != null)
                {
                    Lanes.StoreUpTo(Lanes.Fma(d, hat, Lanes.LoadUpTo(sums + i, n)), sums + i, n);
                    Lanes.StoreUpTo(Lanes.LoadUpTo(sums + D + i, n) + d, sums + D + i, n);
                }
                var g = d * Lanes.LoadUpTo(Gamma + i, n); // zero beyond the row's end, so ŝ there is harmless
                sum += g;
                sumHat = Lanes.Fma(g, hat, sumHat);
            }
            var meanG = Lanes.Set(Lanes.Fold(sum) / D);
            var meanGHat = Lanes.Set(Lanes.Fold(sumHat) / D);
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var g = Lanes.LoadUpTo(dy + i, n) * Lanes.LoadUpTo(Gamma + i, n);
                var hat = (Lanes.LoadUpTo(s + i, n) - m) * factor;
                Put(factor * (g - meanG - hat * meanGHat), r * D + i, n);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Put(Vector512<float> ds, long at, int n)
        {
            if (Dx != null) Lanes.StoreUpTo(Accumulate ? Lanes.LoadUpTo(Dx + at, n) + ds : ds, Dx + at, n);
            if (Dadded == null) return;
            if (Mask != null) ds = (ds * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, at);
            Lanes.StoreUpTo(AccumulateAdded ? Lanes.LoadUpTo(Dadded + at, n) + ds : ds, Dadded + at, n);
        }
    }
}
