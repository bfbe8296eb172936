using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>The function a product may end with, one of <see cref="Activations"/>.</summary>
internal enum ElementFunction
{
    Identity,
    Relu,
    Gelu,
    GeluTanh,
    Silu,
}

/// <summary>
/// What becomes of a finished element v = (op(A) op(B))[i,j] (+ C[i,j]) while it is still in the cache:
/// <code>
/// v = v + Bias[j]                    when there is a bias
/// BeforeFunction[i,j] = v            when wanted: what the derivative of the function may need
/// C[i,j] = f(v)                      Function = f
/// </code>
/// The bits are those of the same passes one after another.
/// </summary>
internal readonly ref struct Epilogue
{
    /// <summary>[N], or empty.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    public ElementFunction Function { get; init; }

    /// <summary>[M, N] with row stride <see cref="BeforeFunctionStride"/>, or empty. Must not overlap an operand or C.</summary>
    public Span<float> BeforeFunction { get; init; }

    public int BeforeFunctionStride { get; init; }

    /// <exception cref="ArgumentException">A span does not fit [m, n].</exception>
    public void Check(int m, int n)
    {
        if (!Bias.IsEmpty && Bias.Length != n)
        {
            throw new ArgumentException($"bias holds {Bias.Length} floats, but C has {n} columns.", nameof(Bias));
        }

        if (!BeforeFunction.IsEmpty)
        {
            MatMul.Check(nameof(BeforeFunction), Transpose.No, m, n, BeforeFunction.Length, BeforeFunctionStride);
        }
    }
}

/// <summary>Applies the functions of an <see cref="Epilogue"/> to a finished tile of C; the bias is the micro-kernel's.</summary>
internal static unsafe class MatMulEpilogue
{
    public static void Apply(in MatMulOperands p, int row, int column, int rows, int columns)
    {
        var c = p.C + row * p.StrideC + column;
        if (p.Before != null)
        {
            MatMulPacking.CopyRows(c, p.StrideC, p.Before + row * p.StrideBefore + column, p.StrideBefore, rows, columns);
        }

        switch (p.Function)
        {
            case ElementFunction.Relu: Rows(c, p.StrideC, rows, columns, default(Activations.ReluFunction)); break;
            case ElementFunction.Gelu: Rows(c, p.StrideC, rows, columns, default(Activations.GeluFunction)); break;
            case ElementFunction.GeluTanh: Rows(c, p.StrideC, rows, columns, default(Activations.GeluTanhFunction)); break;
            case ElementFunction.Silu: Rows(c, p.StrideC, rows, columns, default(Activations.SiluFunction)); break;
            case ElementFunction.Identity: break;
        }
    }

    /// <summary>c = f(c), row by row; the function, which takes two arguments, gets c twice.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Rows<TFunction>(float* c, nint strideC, int rows, int columns, TFunction f)
        where TFunction : struct, IElementFunction
    {
        for (var i = 0; i < rows; i++)
        {
            Pass.Row(c + i * strideC, c + i * strideC, c + i * strideC, columns, f, accumulate: false);
        }
    }
}
