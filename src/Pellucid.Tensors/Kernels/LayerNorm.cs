namespace Pellucid.Tensors.Kernels;

/// <summary>
/// y = γ·(s - mean)/sqrt(variance + ε) + β over rows of D, biased variance in two passes (Ba et al. 2016, equation 4).
/// s is x, or the residual sum x + added, or x + added/(1 - p) where <see cref="DropoutMask"/> keeps added: a row is read from memory once.
/// </summary>
internal static unsafe partial class LayerNorm
{
    /// <summary>Mean [rows] and rstd [rows] = 1/sqrt(variance + ε) are kept for the backward pass; the variance [rows] is handed out when wanted.</summary>
    public static void Forward(ReadOnlySpan<float> x, int rows, int D, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps,
        Span<float> y, Span<float> mean, Span<float> rstd, Span<float> variance = default)
    {
        Edge.Length(y.Length, Edge.Count(rows, D), nameof(y));
        fixed (float* px = x, py = y)
            Forward(new PlainRows { X = px }, px, x.Length, py, rows, D, gamma, beta, eps, mean, rstd, variance);
    }

    /// <summary>The same of x + dropout(added), which goes to sum; sum may be y when nobody wants it. An empty mask keeps everything.</summary>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> added, ReadOnlySpan<float> mask, float p, int rows, int D,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps, Span<float> sum, Span<float> y, Span<float> mean, Span<float> rstd, Span<float> variance = default)
    {
        int count = Edge.Count(rows, D);
        Edge.Length(added.Length, count, nameof(added));
        Edge.LengthOrEmpty(mask.Length, DropoutMask.Length(count), nameof(mask));
        Edge.Length(sum.Length, count, nameof(sum));
        Edge.Length(y.Length, count, nameof(y));
        fixed (float* px = x, pa = added, pk = mask, ps = sum, py = y)
            if (pk == null) Forward(new ResidualRows { X = px, Added = pa }, ps, x.Length, py, rows, D, gamma, beta, eps, mean, rstd, variance);
            else Forward(new DroppedRows { X = px, Added = pa, Mask = pk, Factor = DropoutMask.Factor(p) }, ps, x.Length, py, rows, D, gamma, beta, eps, mean, rstd, variance);
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

    private static void Forward<TSource>(TSource source, float* sum, int length, float* y, int rows, int D, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, float eps, Span<float> mean, Span<float> rstd, Span<float> variance)
        where TSource : struct, IRowSource
    {
        Edge.Length(length, Edge.Count(rows, D), "x");
        Edge.Length(gamma.Length, D, nameof(gamma));
        Edge.Length(beta.Length, D, nameof(beta));
        Edge.Length(mean.Length, rows, nameof(mean));
        Edge.Length(rstd.Length, rows, nameof(rstd));
        Edge.LengthOrEmpty(variance.Length, rows, nameof(variance));
        fixed (float* pg = gamma, pb = beta, pm = mean, pr = rstd, pv = variance)
            Split.Over(rows, 3L * D, new LayerNormRows<TSource> { Source = source, Sum = sum, Gamma = pg, Beta = pb, Y = y, Mean = pm, Rstd = pr, Variance = pv, D = D, Eps = eps });
    }
}
