using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>y = γ·(x - mean)/sqrt(variance + ε) + β over rows of D, biased variance in two passes (Ba et al. 2016, equation 4).</summary>
internal static unsafe class LayerNorm
{
    /// <summary>Mean [rows] and rstd [rows] = 1/sqrt(variance + ε) are kept for the backward pass.</summary>
    public static void Forward(ReadOnlySpan<float> x, int rows, int D, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps,
        Span<float> y, Span<float> mean, Span<float> rstd)
    {
        int count = Edge.Count(rows, D);
        Edge.Length(x.Length, count, nameof(x));
        Edge.Length(y.Length, count, nameof(y));
        Edge.Length(gamma.Length, D, nameof(gamma));
        Edge.Length(beta.Length, D, nameof(beta));
        Edge.Length(mean.Length, rows, nameof(mean));
        Edge.Length(rstd.Length, rows, nameof(rstd));
        fixed (float* px = x, pg = gamma, pb = beta, py = y, pm = mean, pr = rstd)
            Split.Over(rows, 3L * D, new ForwardBody { X = px, Gamma = pg, Beta = pb, Y = py, Mean = pm, Rstd = pr, D = D, Eps = eps });
    }

    /// <summary>
    /// With x̂ = (x - mean)·rstd and g = dy·γ: dx = rstd·(g - mean(g) - x̂·mean(g·x̂)); dγ += Σ dy·x̂ and dβ += Σ dy over
    /// rows, in row order. Empty dx, dgamma or dbeta are skipped.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd,
        ReadOnlySpan<float> gamma, int rows, int D, Span<float> dx, bool accumulate, Span<float> dgamma, Span<float> dbeta)
    {
        int count = Edge.Count(rows, D);
        Edge.Length(dy.Length, count, nameof(dy));
        Edge.Length(x.Length, count, nameof(x));
        Edge.Length(mean.Length, rows, nameof(mean));
        Edge.Length(rstd.Length, rows, nameof(rstd));
        Edge.Length(gamma.Length, D, nameof(gamma));
        Edge.LengthOrEmpty(dx.Length, count, nameof(dx));
        Edge.LengthOrEmpty(dgamma.Length, D, nameof(dgamma));
        Edge.LengthOrEmpty(dbeta.Length, D, nameof(dbeta));
        fixed (float* pdy = dy, px = x, pm = mean, pr = rstd, pg = gamma, pdx = dx, pdg = dgamma, pdb = dbeta)
        {
            // Parameter gradients first: dx may overwrite dy.
            if (pdg != null || pdb != null)
                Split.OverColumns((D + Lanes.Width - 1) / Lanes.Width, 3L * rows * Lanes.Width, new ParameterBody { Dy = pdy, X = px, Mean = pm, Rstd = pr, Dgamma = pdg, Dbeta = pdb, Rows = rows, D = D });
            if (pdx != null)
                Split.Over(rows, 4L * D, new BackwardBody { Dy = pdy, X = px, Mean = pm, Rstd = pr, Gamma = pg, Dx = pdx, D = D, Accumulate = accumulate });
        }
    }

    public static void Naive(ReadOnlySpan<double> x, int rows, int D, ReadOnlySpan<double> gamma, ReadOnlySpan<double> beta, double eps, Span<double> y)
    {
        for (int r = 0; r < rows; r++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < D; i++) mean += x[r * D + i] / D;
            for (int i = 0; i < D; i++) variance += (x[r * D + i] - mean) * (x[r * D + i] - mean) / D;
            for (int i = 0; i < D; i++) y[r * D + i] = gamma[i] * (x[r * D + i] - mean) / Math.Sqrt(variance + eps) + beta[i];
        }
    }

    private struct ForwardBody : IRangeBody
    {
        public float* X, Gamma, Beta, Y, Mean, Rstd;
        public int D;
        public float Eps;

        public readonly void Run(int start, int end)
        {
            for (int r = start; r < end; r++)
            {
                float* x = X + (long)r * D;
                float* y = Y + (long)r * D;
                float mean = Lanes.Sum(x, D) / D;
                float rstd = 1f / MathF.Sqrt(SquaredDistance(x, mean, D) / D + Eps);
                Mean[r] = mean;
                Rstd[r] = rstd;
                var m = Lanes.Set(mean);
                var s = Lanes.Set(rstd);
                int i = 0;
                for (; i <= D - Lanes.Width; i += Lanes.Width)
                    Lanes.Fma((Lanes.Load(x + i) - m) * s, Lanes.Load(Gamma + i), Lanes.Load(Beta + i)).Store(y + i);
                int n = D - i;
                if (n > 0)
                    Lanes.StoreTail(Lanes.Fma((Lanes.LoadTail(x + i, n) - m) * s, Lanes.LoadTail(Gamma + i, n), Lanes.LoadTail(Beta + i, n)), y + i, n);
            }
        }

        private static float SquaredDistance(float* x, float mean, int n)
        {
            var m = Lanes.Set(mean);
            var sum = Vector512<float>.Zero;
            int i = 0;
            for (; i <= n - Lanes.Width; i += Lanes.Width)
            {
                var d = Lanes.Load(x + i) - m;
                sum = Lanes.Fma(d, d, sum);
            }
            if (i < n)
            {
                var d = (Lanes.LoadTail(x + i, n - i) - m) & Lanes.Mask(n - i);
                sum = Lanes.Fma(d, d, sum);
            }
            return Lanes.Fold(sum);
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* Dy, X, Mean, Rstd, Gamma, Dx;
        public int D;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            for (int r = start; r < end; r++)
            {
                float* x = X + (long)r * D;
                float* dy = Dy + (long)r * D;
                float* dx = Dx + (long)r * D;
                var m = Lanes.Set(Mean[r]);
                var s = Lanes.Set(Rstd[r]);
                Vector512<float> sum = default, sumHat = default;
                for (int i = 0; i < D; i += Lanes.Width)
                {
                    var (g, hat) = At(x, dy, i, m, s);
                    sum += g;
                    sumHat = Lanes.Fma(g, hat, sumHat);
                }
                var meanG = Lanes.Set(Lanes.Fold(sum) / D);
                var meanGHat = Lanes.Set(Lanes.Fold(sumHat) / D);
                for (int i = 0; i < D; i += Lanes.Width)
                {
                    var (g, hat) = At(x, dy, i, m, s);
                    var v = s * (g - meanG - hat * meanGHat);
                    int n = D - i;
                    if (n >= Lanes.Width) (Accumulate ? Lanes.Load(dx + i) + v : v).Store(dx + i);
                    else Lanes.StoreTail(Accumulate ? Lanes.LoadTail(dx + i, n) + v : v, dx + i, n);
                }
            }
        }

        // g = dy·γ is zero beyond the row's end, so x̂ there is harmless.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
        private readonly (Vector512<float> G, Vector512<float> Hat) At(float* x, float* dy, int i, Vector512<float> m, Vector512<float> s)
        {
            int n = D - i;
            return n >= Lanes.Width
                ? (Lanes.Load(dy + i) * Lanes.Load(Gamma + i), (Lanes.Load(x + i) - m) * s)
                : (Lanes.LoadTail(dy + i, n) * Lanes.LoadTail(Gamma + i, n), (Lanes.LoadTail(x + i, n) - m) * s);
        }
    }

    private struct ParameterBody : IRangeBody
    {
        public float* Dy, X, Mean, Rstd, Dgamma, Dbeta;
        public int Rows, D;

        public readonly void Run(int start, int end)
        {
            for (int block = start; block < end; block++)
            {
                int i = block * Lanes.Width, n = Math.Min(Lanes.Width, D - i);
                Vector512<float> gamma = default, beta = default;
                for (int r = 0; r < Rows; r++)
                {
                    float* x = X + (long)r * D + i;
                    float* dy = Dy + (long)r * D + i;
                    var d = n == Lanes.Width ? Lanes.Load(dy) : Lanes.LoadTail(dy, n);
                    var v = n == Lanes.Width ? Lanes.Load(x) : Lanes.LoadTail(x, n);
                    beta += d;
                    gamma = Lanes.Fma(d, (v - Lanes.Set(Mean[r])) * Lanes.Set(Rstd[r]), gamma);
                }
                Add(Dgamma, i, n, gamma);
                Add(Dbeta, i, n, beta);
            }
        }

        private static void Add(float* y, int i, int n, Vector512<float> v)
        {
            if (y == null) return;
            if (n == Lanes.Width) (Lanes.Load(y + i) + v).Store(y + i);
            else Lanes.StoreTail(Lanes.LoadTail(y + i, n) + v, y + i, n);
        }
    }
}
