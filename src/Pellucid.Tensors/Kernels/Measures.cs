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
