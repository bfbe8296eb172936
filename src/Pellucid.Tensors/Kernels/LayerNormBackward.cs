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
                if (D % Lanes.Width == 0)
                    for (; r <= last - 4; r += 4) Four(r, sums);
                for (; r < last; r++) One(r, sums);
            }
        }

        /// <summary>Four rows of whole vectors side by side: their sums wait for memory and for each other less than those of one.</summary>
        private readonly void Four(long r, float* sums)
        {
            int D = this.D;
            float* s = S + r * D, t = s + D, u = t + D, v = u + D;
            float* dy = Dy + r * D, gamma = Gamma;
            Vector512<float> ma = Lanes.Set(Mean[r]), mb = Lanes.Set(Mean[r + 1]), mc = Lanes.Set(Mean[r + 2]), md = Lanes.Set(Mean[r + 3]);
            Vector512<float> fa = Lanes.Set(Rstd[r]), fb = Lanes.Set(Rstd[r + 1]), fc = Lanes.Set(Rstd[r + 2]), fd = Lanes.Set(Rstd[r + 3]);
            Vector512<float> a = default, b = default, c = default, d = default, ha = default, hb = default, hc = default, hd = default;
            for (int i = 0; i < D; i += Lanes.Width)
            {
                var g = Lanes.Load(gamma + i);
                Vector512<float> ya = Lanes.Load(dy + i), yb = Lanes.Load(dy + D + i), yc = Lanes.Load(dy + 2L * D + i), yd = Lanes.Load(dy + 3L * D + i);
                Vector512<float> xa = (Lanes.Load(s + i) - ma) * fa, xb = (Lanes.Load(t + i) - mb) * fb, xc = (Lanes.Load(u + i) - mc) * fc, xd = (Lanes.Load(v + i) - md) * fd;
                if (sums != null)
                {
                    Lanes.Fma(yd, xd, Lanes.Fma(yc, xc, Lanes.Fma(yb, xb, Lanes.Fma(ya, xa, Lanes.Load(sums + i))))).Store(sums + i);
                    (Lanes.Load(sums + D + i) + ya + yb + yc + yd).Store(sums + D + i);
                }
                ya *= g;
                yb *= g;
                yc *= g;
                yd *= g;
                a += ya;
                b += yb;
                c += yc;
                d += yd;
                ha = Lanes.Fma(ya, xa, ha);
                hb = Lanes.Fma(yb, xb, hb);
                hc = Lanes.Fma(yc, xc, hc);
                hd = Lanes.Fma(yd, xd, hd);
            }
            a = Average(a);
            b = Average(b);
            c = Average(c);
            d = Average(d);
            ha = Average(ha);
            hb = Average(hb);
            hc = Average(hc);
            hd = Average(hd);
            for (int i = 0; i < D; i += Lanes.Width)
            {
                var g = Lanes.Load(gamma + i);
                long e = r * D + i;
                Put(fa * (Lanes.Load(dy + i) * g - a - (Lanes.Load(s + i) - ma) * fa * ha), e);
                Put(fb * (Lanes.Load(dy + D + i) * g - b - (Lanes.Load(t + i) - mb) * fb * hb), e + D);
                Put(fc * (Lanes.Load(dy + 2L * D + i) * g - c - (Lanes.Load(u + i) - mc) * fc * hc), e + 2L * D);
                Put(fd * (Lanes.Load(dy + 3L * D + i) * g - d - (Lanes.Load(v + i) - md) * fd * hd), e + 3L * D);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Put(Vector512<float> ds, long at)
        {
            if (Dx != null) (Accumulate ? Lanes.Load(Dx + at) + ds : ds).Store(Dx + at);
            if (Dadded == null) return;
            if (Mask != null) ds = (ds * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, at);
            (AccumulateAdded ? Lanes.Load(Dadded + at) + ds : ds).Store(Dadded + at);
        }

        private readonly void One(long r, float* sums)
        {
            float* s = S + r * D, dy = Dy + r * D;
            Vector512<float> m = Lanes.Set(Mean[r]), f = Lanes.Set(Rstd[r]), sum = default, sumHat = default;
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                Vector512<float> d = Lanes.LoadUpTo(dy + i, n), hat = (Lanes.LoadUpTo(s + i, n) - m) * f;
                if (sums != null)
                {
                    Lanes.StoreUpTo(Lanes.Fma(d, hat, Lanes.LoadUpTo(sums + i, n)), sums + i, n);
                    Lanes.StoreUpTo(Lanes.LoadUpTo(sums + D + i, n) + d, sums + D + i, n);
                }
                d *= Lanes.LoadUpTo(Gamma + i, n); // zero behind the end of the row, so ŝ there is harmless
                sum += d;
                sumHat = Lanes.Fma(d, hat, sumHat);
            }
            (sum, sumHat) = (Average(sum), Average(sumHat));
            for (int i = 0; i < D; i += Lanes.Width)
            {
                int n = D - i;
                var ds = f * (Lanes.LoadUpTo(dy + i, n) * Lanes.LoadUpTo(Gamma + i, n) - sum - (Lanes.LoadUpTo(s + i, n) - m) * f * sumHat);
                if (n >= Lanes.Width) Put(ds, r * D + i);
                else PutTail(ds, r * D + i, n);
            }
        }

        private readonly Vector512<float> Average(Vector512<float> sum) => Lanes.Set(Lanes.Fold(sum) / D);

        private readonly void PutTail(Vector512<float> ds, long at, int n)
        {
            if (Dx != null) Lanes.StoreTail(Accumulate ? Lanes.LoadTail(Dx + at, n) + ds : ds, Dx + at, n);
            if (Dadded == null) return;
            if (Mask != null) ds = (ds * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, at);
            Lanes.StoreTail(AccumulateAdded ? Lanes.LoadTail(Dadded + at, n) + ds : ds, Dadded + at, n);
        }
    }
}
