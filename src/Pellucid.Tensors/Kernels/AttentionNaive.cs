namespace Pellucid.Tensors.Kernels;

internal static unsafe partial class Attention
{
    /// <summary>
    /// The formula in double, one query after another over contiguous arrays; visible(b, t, s) is the mask and
    /// factor(element) the dropout factor of a probability (1 without dropout).
    /// </summary>
    public static void Naive(ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, in AttentionShape shape, double scale,
        Func<int, int, int, bool> visible, Func<int, double> factor, Span<double> weights, Span<double> context)
    {
        var (B, T, S, H, K) = (shape.B, shape.T, shape.S, shape.H, shape.K);
        var scores = new double[S];
        for (int b = 0; b < B; b++)
            for (int h = 0; h < H; h++)
                for (int t = 0; t < T; t++)
                {
                    int query = ((b * T + t) * H + h) * K, row = ((b * H + h) * T + t) * S;
                    for (int s = 0; s < S; s++)
                    {
                        double dot = 0;
                        for (int i = 0; i < K; i++) dot += q[query + i] * k[((b * S + s) * H + h) * K + i];
                        scores[s] = visible(b, t, s) ? dot * scale : double.NegativeInfinity;
                    }
                    Softmax.Naive(scores, 1, S, weights.Slice(row, S));
                    for (int i = 0; i < K; i++)
                    {
                        double sum = 0;
                        for (int s = 0; s < S; s++) sum += weights[row + s] * factor(row + s) * v[((b * S + s) * H + h) * K + i];
                        context[query + i] = sum;
                    }
                }
    }

    /// <summary>The derivative of <see cref="Naive"/>, given the weights that it found.</summary>
    public static void NaiveBackward(ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, ReadOnlySpan<double> weights, ReadOnlySpan<double> dcontext,
        in AttentionShape shape, double scale, Func<int, double> factor, Span<double> dq, Span<double> dk, Span<double> dv)
    {
        var (B, T, S, H, K) = (shape.B, shape.T, shape.S, shape.H, shape.K);
        var dw = new double[S];
        for (int b = 0; b < B; b++)
            for (int h = 0; h < H; h++)
                for (int t = 0; t < T; t++)
                {
                    int query = ((b * T + t) * H + h) * K, row = ((b * H + h) * T + t) * S;
                    double mean = 0;
                    for (int s = 0; s < S; s++)
                    {
                        int key = ((b * S + s) * H + h) * K;
                        double dot = 0, m = factor(row + s);
                        for (int i = 0; i < K; i++)
                        {
                            dot += dcontext[query + i] * v[key + i];
                            dv[key + i] += weights[row + s] * m * dcontext[query + i];
                        }
                        dw[s] = m * dot;
                        mean += dw[s] * weights[row + s];
                    }
                    for (int s = 0; s < S; s++)
                    {
                        int key = ((b * S + s) * H + h) * K;
                        double ds = scale * weights[row + s] * (dw[s] - mean);
                        for (int i = 0; i < K; i++)
                        {
                            dq[query + i] += ds * k[key + i];
                            dk[key + i] += ds * q[query + i];
                        }
                    }
                }
    }
}
