namespace Pellucid.Tensors.Kernels;

/// <summary>The operands of one product, stripped of spans: trusted, checked by <see cref="MatMul"/>.</summary>
internal unsafe struct MatMulOperands
{
    public Transpose TransposeA;
    public Transpose TransposeB;
    public int M;
    public int N;
    public int K;
    public float* A;
    public nint StrideA;
    public float* B;
    public nint StrideB;
    public float* C;
    public nint StrideC;
    public bool Accumulate;
    public float* Bias;
    public ElementFunction Function;
    public float* Before;
    public nint StrideBefore;

    /// <summary>Panels of all of B made beforehand, [panel][K][columns of a tile]; null when B is plain.</summary>
    public float* PackedB;

    /// <summary>Whether more than the bias is left to do when the last sum along K is in C.</summary>
    public readonly bool HasFunction => Function != ElementFunction.Identity || Before != null;

    /// <summary>The same product with only a part of the reduced axis; parts taken one after another give the whole.</summary>
    public readonly MatMulOperands Slab(int k, int depth)
    {
        var part = this;
        part.A = AtA(0, k);
        part.B = AtB(k, 0);
        part.K = depth;
        part.Accumulate = Accumulate || k > 0;
        if (k + depth < K)
        {
            part.Bias = null;
            part.Function = ElementFunction.Identity;
            part.Before = null;
        }

        return part;
    }

    public readonly float* AtA(int row, int k) => TransposeA == Transpose.No ? A + row * StrideA + k : A + k * StrideA + row;

    public readonly float* AtB(int k, int column) => TransposeB == Transpose.No ? B + k * StrideB + column : B + column * StrideB + k;
}
