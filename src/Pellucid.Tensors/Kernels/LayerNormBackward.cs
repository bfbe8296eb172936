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
                long r = block * RowBlocks.Height;
                for (; r <= last - 4; r += 4) Four(r, sums);
                for (; r < last; r++) One(r, sums);
            }
        }

        /// <summary>Four rows side by side: their sums wait for memory and for each other less than those of one.</summary>
        private readonly void Four(long r, float* sums)
        {
            int D = this.D;
            float* s = S + r * D, dy = Dy + r * D, gamma = Gamma;
            Vector512<float> ma = Lanes.Set(Mean[r]), mb = Lanes.Set(Mean[r + 1]), mc = Lanes.Set(Mean[r + 2]), md = Lanes.Set(Mean[r + 3]);
            Vector512<float> fa = Lanes.Set(Rstd[r]), fb = Lanes.Set(Rstd[r + 1]), fc = Lanes.Set(Rstd[r + 2]), fd = Lanes.Set(Rstd[r + 3]);
            Vector512<float> a = default, b = default, c = default, d = default, ha = default, hb = default, hc = default, hd = default;
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var g = Lanes.LoadUpTo(gamma + i, n);
                var (dgamma, dbeta) = sums == null ? default : (Lanes.LoadUpTo(sums + i, n), Lanes.LoadUpTo(sums + D + i, n));
                Add(s + i, dy + i, n, g, ma, fa, ref a, ref ha, ref dgamma, ref dbeta);
                Add(s + i + D, dy + i + D, n, g, mb, fb, ref b, ref hb, ref dgamma, ref dbeta);
                Add(s + i + 2L * D, dy + i + 2L * D, n, g, mc, fc, ref c, ref hc, ref dgamma, ref dbeta);
                Add(s + i + 3L * D, dy + i + 3L * D, n, g, md, fd, ref d, ref hd, ref dgamma, ref dbeta);
                if (sums == null) continue;
                Lanes.StoreUpTo(dgamma, sums + i, n);
                Lanes.StoreUpTo(dbeta, sums + D + i, n);
            }
            if (Dx == null && Dadded == null) return;
            (a, b, c, d) = (Average(a), Average(b), Average(c), Average(d));
            (ha, hb, hc, hd) = (Average(ha), Average(hb), Average(hc), Average(hd));
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var g = Lanes.LoadUpTo(gamma + i, n);
                long e = r * D + i;
                Put(Slope(s + i, dy + i, n, g, ma, fa, a, ha), e, n);
                Put(Slope(s + i + D, dy + i + D, n, g, mb, fb, b, hb), e + D, n);
                Put(Slope(s + i + 2L * D, dy + i + 2L * D, n, g, mc, fc, c, hc), e + 2L * D, n);
                Put(Slope(s + i + 3L * D, dy + i + 3L * D, n, g, md, fd, d, hd), e + 3L * D, n);
            }
        }

        private readonly void One(long r, float* sums)
        {
            float* s = S + r * D, dy = Dy + r * D;
            Vector512<float> m = Lanes.Set(Mean[r]), f = Lanes.Set(Rstd[r]), sum = default, sumHat = default;
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var (dgamma, dbeta) = sums == null ? default : (Lanes.LoadUpTo(sums + i, n), Lanes.LoadUpTo(sums + D + i, n));
                Add(s + i, dy + i, n, Lanes.LoadUpTo(Gamma + i, n), m, f, ref sum, ref sumHat, ref dgamma, ref dbeta);
                if (sums == null) continue;
                Lanes.StoreUpTo(dgamma, sums + i, n);
                Lanes.StoreUpTo(dbeta, sums + D + i, n);
            }
            (sum, sumHat) = (Average(sum), Average(sumHat));
            for (int i = 0; i < D; i += Lanes.Width)
                Put(Slope(s + i, dy + i, D - i, Lanes.LoadUpTo(Gamma + i, D - i), m, f, sum, sumHat), r * D + i, D - i);
        }

        /// <summary>Σ g, Σ g ŝ, and the row's part of dγ and dβ. g = dy γ is zero behind the end of the row, so ŝ there is harmless.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(float* s, float* dy, int n, Vector512<float> gamma, Vector512<float> mean, Vector512<float> rstd,
            ref Vector512<float> sum, ref Vector512<float> sumHat, ref Vector512<float> dgamma, ref Vector512<float> dbeta)
        {
            var d = Lanes.LoadUpTo(dy, n);
            var hat = (Lanes.LoadUpTo(s, n) - mean) * rstd;
            dgamma = Lanes.Fma(d, hat, dgamma);
            dbeta += d;
            var g = d * gamma;
            sum += g;
            sumHat = Lanes.Fma(g, hat, sumHat);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly Vector512<float> Average(Vector512<float> sum) => Lanes.Set(Lanes.Fold(sum) / D);

        /// <summary>rstd·(g - mean(g) - ŝ·mean(g·ŝ)).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Slope(float* s, float* dy, int n, Vector512<float> gamma, Vector512<float> mean, Vector512<float> rstd, Vector512<float> meanG, Vector512<float> meanGHat)
        {
            var hat = (Lanes.LoadUpTo(s, n) - mean) * rstd;
            return rstd * (Lanes.LoadUpTo(dy, n) * gamma - meanG - hat * meanGHat);
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
