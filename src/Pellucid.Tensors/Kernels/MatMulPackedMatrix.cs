namespace Pellucid.Tensors.Kernels;

/// <summary>
/// A right-hand operand packed once, for weights that are multiplied many times. Products with it equal those with the
/// plain matrix bit for bit. Holds a copy: later changes of the source are not seen. Safe to share among threads.
/// </summary>
internal sealed class PackedMatrix
{
    private readonly float[] panels;

    private PackedMatrix(int k, int n, float[] panels)
    {
        K = k;
        N = n;
        this.panels = panels;
    }

    /// <summary>Rows of op(B): the reduced axis.</summary>
    public int K { get; }

    /// <summary>Columns of op(B).</summary>
    public int N { get; }

    /// <summary>Memory taken.</summary>
    public long Bytes => (long)panels.Length * sizeof(float);

    internal unsafe float* Panels => MatMulScratch.Align(panels);

    /// <summary>Packs op(B)[k, n], stored with row stride <paramref name="ldb"/>.</summary>
    public static unsafe PackedMatrix Pack(Transpose tb, int k, int n, ReadOnlySpan<float> b, int ldb)
    {
        MatMul.Check(nameof(b), tb, k, n, b.Length, ldb);
        var panels = MatMulScratch.Allocate(MatMul.PackedLength(k, n));
        fixed (float* source = b)
        {
            var operands = new MatMulOperands { TransposeB = tb, N = n, K = k, B = source, StrideB = ldb };
            MatMul.Pack(operands, MatMulScratch.Align(panels));
        }

        return new PackedMatrix(k, n, panels);
    }

    /// <summary>Column <paramref name="n"/> of op(B), which is a row of the weight when that was packed transposed: [K].</summary>
    public unsafe void CopyColumn(int n, Span<float> column)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        Edge.Length(column.Length, K, nameof(column));
        var width = MatMul.PanelColumns;
        var from = Panels + (nint)(n / width) * K * width + n % width;
        for (var k = 0; k < column.Length; k++)
        {
            column[k] = from[(nint)k * width];
        }

        GC.KeepAlive(this);
    }
}
