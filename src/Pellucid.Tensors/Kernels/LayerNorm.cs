using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// y = γ·(s - mean)/sqrt(variance + ε) + β over rows of D, biased variance in two passes (Ba et al. 2016, equation 4).
/// s is x, or the residual sum x + added, or x + added/(1 - p) where <see cref="DropoutMask"/> keeps added: a row is read from memory once.
/// </summary>
internal static unsafe partial class LayerNorm
{
    /// <summary>Mean [rows] and rstd [rows] = 1/sqrt(variance + ε) are kept for the backward pass.</summary>
    public static void Forward(ReadOnlySpan<float> x, int rows, int D, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps,
        Span<float> y, Span<float> mean, Span<float> rstd)
    {
        Edge.Length(y.Length, Edge.Count(rows, D), nameof(y));
        fixed (float* px = x, py = y)
            Forward(new ForwardBody { X = px, Sum = px, Y = py }, x.Length, rows, D, gamma, beta, eps, mean, rstd);
    }

    /// <summary>The same of x + dropout(added), which goes to sum; sum may be y when nobody wants it. An empty mask keeps everything.</summary>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> added, ReadOnlySpan<float> mask, float p, int rows, int D,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps, Span<float> sum, Span<float> y, Span<float> mean, Span<float> rstd)
    {
        int count = Edge.Count(rows, D);
        Edge.Length(added.Length, count, nameof(added));
        Edge.LengthOrEmpty(mask.Length, DropoutMask.Length(count), nameof(mask));
        Edge.Length(sum.Length, count, nameof(sum));
        Edge.Length(y.Length, count, nameof(y));
        fixed (float* px = x, pa = added, pk = mask, ps = sum, py = y)
            Forward(new ForwardBody { X = px, Added = pa, Mask = pk, Factor = DropoutMask.Factor(p), Sum = ps, Y = py }, x.Length, rows, D, gamma, beta, eps, mean, rstd);
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

    private static void Forward(ForwardBody body, int length, int rows, int D, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps, Span<float> mean, Span<float> rstd)
    {
        Edge.Length(length, Edge.Count(rows, D), "x");
        Edge.Length(gamma.Length, D, nameof(gamma));
        Edge.Length(beta.Length, D, nameof(beta));
        Edge.Length(mean.Length, rows, nameof(mean));
        Edge.Length(rstd.Length, rows, nameof(rstd));
        fixed (float* pg = gamma, pb = beta, pm = mean, pr = rstd)
        {
            Split.Over(rows, 3L * D, body with { Gamma = pg, Beta = pb, Mean = pm, Rstd = pr, D = D, Eps = eps });
        }
    }

    private struct ForwardBody : IRangeBody
    {
        public float* X, Added, Mask, Sum, Gamma, Beta, Y, Mean, Rstd;
        public int D;
        public float Factor, Eps;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++)
            {
                float* s = Sum + r * D;
                float mean = (Added == null ? Lanes.Sum(s, D) : Residual(r * D)) / D;
                float rstd = 1f / MathF.Sqrt(SquaredDistance(s, mean, D) / D + Eps);
                Mean[r] = mean;
                Rstd[r] = rstd;
                float* y = Y + r * D;
                var (m, factor) = (Lanes.Set(mean), Lanes.Set(rstd));
                for (int i = 0; i < D; i += Lanes.Width)
                    Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i, D - i) - m) * factor, Lanes.LoadUpTo(Gamma + i, D - i), Lanes.LoadUpTo(Beta + i, D - i)), y + i, D - i);
            }
        }

        /// <summary>Writes one row of s and returns the sum of its elements.</summary>
        private readonly float Residual(long at)
        {
            var sum = Vector512<float>.Zero;
            var factor = Lanes.Set(Factor);
            for (int i = 0; i < D; i += Lanes.Width)
            {
                var v = Lanes.LoadUpTo(Added + at + i, D - i);
                if (Mask != null) v = (v * factor) & DropoutMask.Lanes16(Mask, at + i);
                v += Lanes.LoadUpTo(X + at + i, D - i);
                Lanes.StoreUpTo(v, Sum + at + i, D - i);
                sum += v;
            }
            return Lanes.Fold(sum);
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
}
