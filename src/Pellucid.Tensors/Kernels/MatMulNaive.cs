using System.Numerics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The formula of <see cref="MatMul"/> as three loops, and its oracle. For every output element:
/// <code>
/// s = sum of op(A)[i,k] * op(B)[k,j], in blocks of 256 k:
///     within a block  acc = +0;  acc = fma(op(A)[i,k], op(B)[k,j], acc)  for k rising
///     block sums      C = acc (first block; C + acc when accumulating), then C = C + acc, in block order
/// C = C + bias[j]   once, at the end
/// </code>
/// The order of the additions depends on K alone; <see cref="MatMul"/> gives the same bits for float on every path.
/// </summary>
internal static class MatMulNaive
{
    public static void Multiply<T>(
        Transpose ta, Transpose tb, int m, int n, int k,
        ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> b, int ldb, Span<T> c, int ldc,
        bool accumulate, ReadOnlySpan<T> bias = default)
        where T : IFloatingPointIeee754<T>
    {
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = accumulate ? c[i * ldc + j] : T.Zero;
                for (var start = 0; start < k; start += MatMul.DepthBlock)
                {
                    var acc = T.Zero;
                    for (var p = start; p < Math.Min(k, start + MatMul.DepthBlock); p++)
                    {
                        var x = ta == Transpose.No ? a[i * lda + p] : a[p * lda + i];
                        var y = tb == Transpose.No ? b[p * ldb + j] : b[j * ldb + p];
                        acc = T.FusedMultiplyAdd(x, y, acc);
                    }

                    sum = start == 0 && !accumulate ? acc : sum + acc;
                }

                c[i * ldc + j] = bias.IsEmpty ? sum : sum + bias[j];
            }
        }
    }
}
