using System.Buffers;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Facts about a whole array, folded in a fixed order.</summary>
internal static unsafe class Measures
{
    /// <summary>Σ x² in double: lanes inside blocks of 16,384 elements, then block after block.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> x)
    {
        double sum = 0;
        fixed (float* px = x)
            for (int i = 0; i < x.Length; i += Block) sum += SquaresOfBlock(px + i, Math.Min(Block, x.Length - i));
        return sum;
    }

    /// <summary>
    /// The sum of Σ x² over several arrays, which must not move, in one dispatch: each block's sum by some thread, then block after block into the array's sum and
    /// array after array into the whole. Bit for bit the sum of <see cref="SumOfSquares(ReadOnlySpan{float})"/>.
    /// </summary>
    public static double SumOfSquares(ReadOnlySpan<Piece> pieces)
    {
        int blocks = 0;
        foreach (var piece in pieces) blocks += Blocks(piece.Length);
        double[] partial = ArrayPool<double>.Shared.Rent(blocks);
        fixed (Piece* first = pieces)
        fixed (double* sums = partial)
            Split.Over(blocks, Block, new SquaresBody { Pieces = first, Sums = sums });
        double total = 0;
        int at = 0;
        foreach (var piece in pieces)
        {
            double sum = 0;
            for (int i = Blocks(piece.Length); i > 0; i--) sum += partial[at++];
            total += sum;
        }
        ArrayPool<double>.Shared.Return(partial);
        return total;
    }

    /// <summary>An array that does not move.</summary>
    internal readonly struct Piece(float* start, int length)
    {
        public readonly float* Start = start;
        public readonly int Length = length;
    }

    /// <summary>True when no element is infinite or NaN.</summary>
    public static bool AllFinite(ReadOnlySpan<float> x)
    {
        var exponent = Vector512.Create(0x7F800000);
        fixed (float* px = x)
        {
            int i = 0;
            for (; i <= x.Length - Lanes.Width; i += Lanes.Width)
                if (Vector512.EqualsAny(Vector512.Load(px + i).AsInt32() & exponent, exponent)) return false;
            return i == x.Length || !Vector512.EqualsAny(Lanes.LoadTail(px + i, x.Length - i).AsInt32() & exponent, exponent);
        }
    }

    private const int Block = 16384;

    private static int Blocks(int length) => (length + Block - 1) / Block;

    private struct SquaresBody : IRangeBody
    {
        public Piece* Pieces;
        public double* Sums;

        public readonly void Run(int start, int end)
        {
            int at = 0, first = 0; // the piece, and the number of its first block
            for (int block = start; block < end; block++)
            {
                while (block - first >= Blocks(Pieces[at].Length)) first += Blocks(Pieces[at++].Length);
                int from = (block - first) * Block;
                Sums[block] = SquaresOfBlock(Pieces[at].Start + from, Math.Min(Block, Pieces[at].Length - from));
            }
        }
    }

    private static double SquaresOfBlock(float* x, int n)
    {
        Vector512<double> lower = default, upper = default;
        for (int i = 0; i < n; i += Lanes.Width)
        {
            var v = n - i >= Lanes.Width ? Lanes.Load(x + i) : Lanes.LoadTail(x + i, n - i);
            var (a, b) = Vector512.Widen(v);
            lower = Vector512.FusedMultiplyAdd(a, a, lower);
            upper = Vector512.FusedMultiplyAdd(b, b, upper);
        }
        return Lanes.Fold(lower, upper);
    }
}
