namespace Pellucid.Tensors.Kernels;

/// <summary>Float32 in the panels of <see cref="MatMul"/>; products have the bits of those with the plain matrix.</summary>
internal sealed class FloatOperand(int n, int k, ReadOnlySpan<float> w) : PackedOperand(n, k)
{
    private readonly PackedMatrix matrix = PackedMatrix.Pack(Transpose.Yes, k, n, w, k);

    public override long Bytes => matrix.Bytes;

    public override void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias) =>
        MatMul.Multiply(m, x, K, matrix, y, N, accumulate: false, bias);

    public override void CopyRow(int n, Span<float> row) => matrix.CopyColumn(n, row);
}
