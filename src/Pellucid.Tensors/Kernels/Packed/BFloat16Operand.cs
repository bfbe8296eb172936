using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Weights in bfloat16, activations and sums in float32: the bits of a float32 product with the rounded weights.</summary>
internal sealed unsafe class BFloat16Operand : PackedOperand
{
    private readonly float[] memory; // pairs of bfloat16
    private readonly int lanes;

    /// <summary>Rounds W [N, K] to nearest, ties to even.</summary>
    /// <exception cref="ArgumentException">A weight is not finite, or bfloat16 cannot hold it.</exception>
    public BFloat16Operand(int n, int k, ReadOnlySpan<float> w) : base(n, k)
    {
        // The panels of the float32 kernel, two vectors of which become one of pairs.
        Edge.Length(w.Length, Edge.Count(n, k), nameof(w));
        lanes = MatMul.PanelColumns / 2;
        memory = MatMulScratch.Allocate(MatMul.PackedLength(k, n) / 2);
        memory.AsSpan().Clear(); // the columns behind the last
        for (var row = 0; row < n; row++)
        {
            var lane = row % (2 * lanes);
            var pair = Panels + (nint)(row / (2 * lanes)) * k * lanes + lane % lanes;
            foreach (var value in w.Slice(row * k, k))
            {
                var bits = BFloat16Pairs.Round(value);
                *pair |= lane < lanes ? bits >> 16 : bits;
                pair += lanes;
            }
        }
    }

    public override long Bytes => (long)memory.Length * sizeof(float);

    private uint* Panels => (uint*)MatMulScratch.Align(memory);

    public override void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias)
    {
        Edge.Length(x.Length, Edge.Count(m, K), nameof(x));
        Edge.Length(y.Length, Edge.Count(m, N), nameof(y));
        Edge.LengthOrEmpty(bias.Length, N, nameof(bias));
        if (m == 0 || N == 0)
        {
            return;
        }

        fixed (float* px = x, py = y, pb = bias)
        {
            var p = new BFloat16Product { M = m, N = N, K = K, X = px, Y = py, Bias = pb, Panels = Panels };
            switch (lanes)
            {
                case 16: BFloat16Blocks<Lanes512, BFloat16Lanes512, Vector512<float>>.Multiply(p); break;
                case 8: BFloat16Blocks<Lanes256, BFloat16Lanes256, Vector256<float>>.Multiply(p); break;
                case 4: BFloat16Blocks<Lanes128, BFloat16Lanes128, Vector128<float>>.Multiply(p); break;
                default: BFloat16Blocks<LanesScalar, BFloat16LanesScalar, float>.Multiply(p); break;
            }
        }

        GC.KeepAlive(this);
    }

    public override void CopyRow(int n, Span<float> row)
    {
        Edge.Length(row.Length, K, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        var lane = n % (2 * lanes);
        var pair = Panels + (nint)(n / (2 * lanes)) * K * lanes + lane % lanes;
        for (var k = 0; k < K; k++, pair += lanes)
        {
            row[k] = BitConverter.UInt32BitsToSingle(lane < lanes ? *pair << 16 : *pair & BFloat16Pairs.UpperHalf);
        }

        GC.KeepAlive(this);
    }
}
