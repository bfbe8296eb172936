using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// Matrix product over the last two axes, <c>C = op(A) op(B)</c>; leading axes are a batch and must be equal, or absent on one side.
    /// Shapes: A <c>[..., M, K]</c> (or <c>[..., K, M]</c> transposed), B <c>[..., K, N]</c> (or <c>[..., N, K]</c>), result <c>[..., M, N]</c>.
    /// </summary>
    /// <exception cref="ShapeException">The inner lengths or the batch axes differ.</exception>
    public static Tensor MatMul(this Tensor a, Tensor b, bool transposeA = false, bool transposeB = false) =>
        new MatMulOp(transposeA, transposeB).Apply(a, b);
}

/// <summary>C = op(A) op(B). dA = dC op(B)ᵀ, dB = op(A)ᵀ dC, each transposed again where the operand was.</summary>
internal sealed class MatMulOp(bool transposeA, bool transposeB) : Op
{
    public override string Name => "matmul";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var s = Sizes.Of(inputs[0].Shape, inputs[1].Shape, transposeA, transposeB);
        var c = Tensor.Allocate(s.Output);
        Kernels.MatMul.MultiplyBatched(s.Batch, T(transposeA), T(transposeB), s.M, s.N, s.K,
            inputs[0].Data, s.ColumnsA, s.StrideA, inputs[1].Data, s.ColumnsB, s.StrideB, c.Data, s.N, s.M * s.N, accumulate: false);
        return c;
    }

    internal override void Backward(Derivative d)
    {
        var a = d.Input(0);
        var b = d.Input(1);
        var s = Sizes.Of(a.Shape, b.Shape, transposeA, transposeB);
        if (d.Wants(0))
        {
            var da = d.Into(0, out bool accumulate);
            if (s.Batch == 0 && !accumulate)
                da.Clear();
            for (int batch = 0; batch < s.Batch; batch++)
            {
                var dc = d.Gradient.Slice(batch * s.M * s.N, s.M * s.N);
                var bi = b.Data[(batch * s.StrideB)..];
                var dai = da[(batch * s.StrideA)..];
                bool add = accumulate || (batch > 0 && s.StrideA == 0);
                if (transposeA)
                    Kernels.MatMul.Multiply(T(transposeB), Transpose.Yes, s.K, s.M, s.N, bi, s.ColumnsB, dc, s.N, dai, s.ColumnsA, add);
                else
                    Kernels.MatMul.Multiply(Transpose.No, T(!transposeB), s.M, s.K, s.N, dc, s.N, bi, s.ColumnsB, dai, s.ColumnsA, add);
            }
        }
        if (d.Wants(1))
        {
            var db = d.Into(1, out bool accumulate);
            if (s.Batch == 0 && !accumulate)
                db.Clear();
            for (int batch = 0; batch < s.Batch; batch++)
            {
                var dc = d.Gradient.Slice(batch * s.M * s.N, s.M * s.N);
                var ai = a.Data[(batch * s.StrideA)..];
                var dbi = db[(batch * s.StrideB)..];
                bool add = accumulate || (batch > 0 && s.StrideB == 0);
                if (transposeB)
                    Kernels.MatMul.Multiply(Transpose.Yes, T(transposeA), s.N, s.K, s.M, dc, s.N, ai, s.ColumnsA, dbi, s.ColumnsB, add);
                else
                    Kernels.MatMul.Multiply(T(!transposeA), Transpose.No, s.K, s.N, s.M, ai, s.ColumnsA, dc, s.N, dbi, s.ColumnsB, add);
            }
        }
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var s = Sizes.Of(inputs[0].Shape, inputs[1].Shape, transposeA, transposeB);
        var c = Twin.Zeros(s.Output);
        for (int batch = 0; batch < s.Batch; batch++)
            for (int m = 0; m < s.M; m++)
                for (int n = 0; n < s.N; n++)
                {
                    double sum = 0;
                    for (int k = 0; k < s.K; k++)
                        sum += inputs[0].Values[batch * s.StrideA + (transposeA ? k * s.M + m : m * s.K + k)]
                             * inputs[1].Values[batch * s.StrideB + (transposeB ? n * s.K + k : k * s.N + n)];
                    c.Values[(batch * s.M + m) * s.N + n] = sum;
                }
        return c;
    }

    private static Transpose T(bool transpose) => transpose ? Transpose.Yes : Transpose.No;

    private readonly record struct Sizes(int Batch, int M, int N, int K, int ColumnsA, int ColumnsB, int StrideA, int StrideB, Shape Output)
    {
        internal static Sizes Of(Shape a, Shape b, bool transposeA, bool transposeB)
        {
            if (a.Rank < 2 || b.Rank < 2)
                throw new ShapeException($"MatMul wants matrices, got {a} and {b}; a vector needs a Reshape to [1, n] or [n, 1].");
            var (m, k) = transposeA ? (a[^1], a[^2]) : (a[^2], a[^1]);
            var (k2, n) = transposeB ? (b[^1], b[^2]) : (b[^2], b[^1]);
            if (k != k2)
                throw new ShapeException($"MatMul of {a}{(transposeA ? "ᵀ" : "")} and {b}{(transposeB ? "ᵀ" : "")}: the inner lengths are {k} and {k2}. Is one operand to be transposed?");
            bool same = a.Lengths[..^2].SequenceEqual(b.Lengths[..^2]);
            if (!same && a.Rank > 2 && b.Rank > 2)
                throw new ShapeException($"MatMul of {a} and {b}: the batch axes differ; make them equal or drop them on one side.");
            var leading = a.Rank > 2 ? a.Lengths[..^2] : b.Lengths[..^2];
            int batch = a.Rank > 2 ? a.Product(0, a.Rank - 2) : b.Product(0, b.Rank - 2);
            return new Sizes(batch, m, n, k, a[^1], b[^1], a.Rank > 2 ? m * k : 0, b.Rank > 2 ? k * n : 0, Shape.Of([.. leading, m, n]));
        }
    }
}
