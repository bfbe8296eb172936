using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// A matrix of rows that windows read and change, [rows, D], held as a few blocks of columns, each of which one thread works on: what a core changes, no other core reads.
/// How many blocks there are depends on D alone. Rows of a block are a multiple of eight floats apart; what is beyond the width is zero and stays so, and so does one more row after the last.
/// </summary>
internal sealed unsafe class WindowMatrix
{
    private const int WidestBlock = 64;

    private readonly Storage[] blocks;
    private readonly nint[] pointers;
    private readonly int[] starts;

    internal WindowMatrix(int rows, int width)
    {
        (Rows, Width) = (rows, width);
        starts = Starts(width);
        blocks = [.. Enumerable.Range(0, starts.Length - 1).Select(block => Storage.Allocate(checked((rows + 1) * (starts[block + 1] - starts[block]))))];
        pointers = GC.AllocateArray<nint>(blocks.Length, pinned: true);
        for (int block = 0; block < blocks.Length; block++)
        {
            blocks[block].Span.Clear();
            pointers[block] = (nint)Unsafe.AsPointer(ref blocks[block].Span[0]);
        }
    }

    internal int Rows { get; }

    internal int Width { get; }

    internal int Blocks => blocks.Length;

    internal long Bytes => blocks.Sum(block => (long)block.Span.Length * sizeof(float));

    /// <summary>The row of zeros, which stands for no row.</summary>
    internal int Zero => Rows;

    /// <summary>Where each block begins, for kernels; all of it is pinned for the matrix's whole life.</summary>
    internal float** Pointers => (float**)Marshal.UnsafeAddrOfPinnedArrayElement(pointers, 0);

    /// <summary>The first column of each block, and the columns of all, a multiple of eight: sixteen lanes each that fold before their sums are added in this order.</summary>
    internal static int[] Starts(int width)
    {
        int eights = (width + 7) / 8, count = (8 * eights + WidestBlock - 1) / WidestBlock;
        return [.. Enumerable.Range(0, count + 1).Select(block => eights * block / count * 8)];
    }

    /// <summary>The columns of a block.</summary>
    internal int Stride(int block) => starts[block + 1] - starts[block];

    internal void CopyRow(int row, Span<float> into)
    {
        for (int block = 0; block < blocks.Length; block++) Piece(row, block).CopyTo(into[starts[block]..]);
    }

    internal void SetRow(int row, ReadOnlySpan<float> values)
    {
        for (int block = 0; block < blocks.Length; block++) values.Slice(starts[block], Piece(row, block).Length).CopyTo(Piece(row, block));
    }

    /// <summary>What of a row is in a block, without what is beyond the width.</summary>
    private Span<float> Piece(int row, int block)
    {
        if ((uint)row >= (uint)Rows) throw new ArgumentOutOfRangeException(nameof(row), row, $"rows are 0 to {Rows - 1}.");
        return blocks[block].Span.Slice(row * Stride(block), Math.Min(starts[block + 1], Width) - starts[block]);
    }
}
