namespace Pellucid.Tensors.Kernels;

/// <summary>A weight W [N, K] in the layout of the kernel that multiplies with it. Holds a copy; safe to share among threads.</summary>
internal abstract class PackedOperand(int n, int k)
{
    /// <summary>Outputs: rows of W.</summary>
    public int N => n;

    /// <summary>Inputs: the reduced axis.</summary>
    public int K => k;

    /// <summary>Memory taken.</summary>
    public abstract long Bytes { get; }

    /// <summary>y[M, N] = x[M, K] Wᵀ (+ bias[N] when not empty).</summary>
    public abstract void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias);

    /// <summary>The same, handing out what the activations became: a scale for each row [M] and their 8-bit numbers [M, K]. Only where <see cref="QuantizesActivations"/>.</summary>
    public virtual void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias, Span<float> rowScales, Span<float> quantized) =>
        throw new InvalidOperationException("this precision multiplies activations as they are.");

    /// <summary>Whether Multiply rounds x before it multiplies.</summary>
    public virtual bool QuantizesActivations => false;

    /// <summary>Row <paramref name="n"/> of W as float32, [K]: the very values that products are computed with.</summary>
    public abstract void CopyRow(int n, Span<float> row);

    /// <summary>What Multiply computes, in double precision from the values that it multiplies with.</summary>
    public virtual void Naive(int m, ReadOnlySpan<double> x, Span<double> y, ReadOnlySpan<double> bias)
    {
        var row = new float[K];
        for (var j = 0; j < N; j++)
        {
            CopyRow(j, row);
            for (var i = 0; i < m; i++)
            {
                var sum = bias.IsEmpty ? 0 : bias[j];
                for (var p = 0; p < K; p++)
                {
                    sum += x[i * K + p] * row[p];
                }

                y[i * N + j] = sum;
            }
        }
    }
}
