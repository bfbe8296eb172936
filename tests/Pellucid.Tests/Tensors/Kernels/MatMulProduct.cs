using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>One multiply with its operands; every way to compute it starts from the same C and returns C without gaps.</summary>
internal sealed record MatMulProduct(Transpose Ta, Transpose Tb, int M, int N, int K, int Seed)
{
    public int Gap { get; init; }
    public float GapValue { get; init; }
    public bool Accumulate { get; init; }
    public bool WithBias { get; init; }

    private int Lda => (Ta == Transpose.No ? K : M) + Gap;
    private int Ldb => (Tb == Transpose.No ? N : K) + Gap;
    private int Ldc => N + Gap;
    private float[] A => Stored(Ta == Transpose.No ? M : K, Lda, Seed * 3 + 1);
    private float[] B => Stored(Tb == Transpose.No ? K : N, Ldb, Seed * 3 + 2);
    private float[] C => Stored(M, Ldc, Seed * 3 + 3);
    private float[] Bias => WithBias ? Floats(N, Seed + 77) : [];

    public float[] Naive()
    {
        var c = C;
        MatMulNaive.Multiply<float>(Ta, Tb, M, N, K, A, Lda, B, Ldb, c, Ldc, Accumulate, Bias);
        return Dense(c, M);
    }

    public float[] Fast()
    {
        var c = C;
        MatMul.Multiply(Ta, Tb, M, N, K, A, Lda, B, Ldb, c, Ldc, Accumulate, Bias);
        return Dense(c, M);
    }

    public float[] FastRow(int row)
    {
        var c = C.AsSpan(row * Ldc, Ldc).ToArray();
        MatMul.Multiply(Ta, Tb, 1, N, K, A.AsSpan(row * Lda), Lda, B, Ldb, c, Ldc, Accumulate, Bias);
        return Dense(c, 1);
    }

    public float[] FastPacked()
    {
        var c = C;
        MatMul.Multiply(M, A, Lda, PackedMatrix.Pack(Tb, K, N, B, Ldb), c, Ldc, Accumulate, Bias);
        return Dense(c, M);
    }

    public float[] FastPackedOrPlain() => Ta == Transpose.No ? FastPacked() : Fast();

    public unsafe float[] FastWith<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var c = C;
        fixed (float* a = A, b = B, pc = c, bias = Bias)
        {
            MatMulBlocks<TLanes, TVector>.Multiply(new MatMulOperands
            {
                TransposeA = Ta, TransposeB = Tb, M = M, N = N, K = K, A = a, StrideA = Lda, B = b, StrideB = Ldb,
                C = pc, StrideC = Ldc, Accumulate = Accumulate, Bias = bias,
            });
        }

        return Dense(c, M);
    }

    /// <summary>Reproducible numbers in [-1, 1), exact in float: no library function is involved.</summary>
    public static float[] Floats(int count, int seed)
    {
        var state = (ulong)seed * 0x9E3779B97F4A7C15UL + 1;
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            state = state * 6364136223846793005UL + 1442695040888963407UL;
            values[i] = (int)(state >> 40) / 8388608f - 1f;
        }

        return values;
    }

    private float[] Stored(int rows, int stride, int seed)
    {
        var values = Floats(rows * stride, seed);
        for (var i = 0; i < rows; i++)
        {
            values.AsSpan(i * stride + stride - Gap, Gap).Fill(GapValue);
        }

        return values;
    }

    private float[] Dense(float[] c, int rows)
    {
        var dense = new float[rows * N];
        for (var i = 0; i < rows; i++)
        {
            c.AsSpan(i * Ldc, N).CopyTo(dense.AsSpan(i * N));
        }

        return dense;
    }
}
