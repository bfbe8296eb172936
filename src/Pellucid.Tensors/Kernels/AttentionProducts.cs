namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The products inside one attention head, on the micro-kernel of <see cref="MatMul"/>. Every element is one chain of
/// fused multiply-adds in the order of the summed index per call, whatever the tiling; the caller adds the blocks in order.
/// </summary>
internal static unsafe class AttentionProducts<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>
    /// C[rows, columns] = (add ? C : 0) + A[rows, depth]·B[depth, columns]. A has any strides. Column j of B begins at
    /// (j / 32)·panelStride + j % 32 (32: plain rows) and must be readable in whole vectors.
    /// </summary>
    public static void Multiply(int rows, int columns, int depth, float* a, nint rowStrideA, nint depthStrideA,
        float* b, nint panelStrideB, nint depthStrideB, float* c, nint strideC, bool add)
    {
        int height = MatMulTile<TLanes, TVector>.Rows, width = MatMulTile<TLanes, TVector>.Columns;
        var tile = new TileOperands { Depth = depth, RowStrideA = rowStrideA, DepthStrideA = depthStrideA, DepthStrideB = depthStrideB, RowStrideC = strideC, Add = add };
        for (int column = 0; column < columns; column += width)
        {
            tile.Columns = Math.Min(width, columns - column);
            tile.B = b + column / AttentionKeys.Panel * panelStrideB + column % AttentionKeys.Panel;
            for (int row = 0; row < rows; row += height)
            {
                tile.A = a + row * rowStrideA;
                tile.C = c + row * strideC + column;
                MatMulTile<TLanes, TVector>.Run(Math.Min(height, rows - row), tile);
            }
        }
    }
}
