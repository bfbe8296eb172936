using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The micro-kernel for few rows of x and weights in bfloat16: each weight is read once, widened and multiplied into R rows of sums. The additions are those of
/// <see cref="MatMulNaive"/> with the widened weights: fused, k rising, in blocks of 256.
/// </summary>
internal static unsafe class BFloat16Tile<TLanes, TPairs, TVector>
    where TLanes : struct, ILanes<TVector>
    where TPairs : struct, IBFloat16Lanes<TVector>
    where TVector : struct
{
    private static int Columns => 2 * TLanes.Count;

    /// <summary>One panel by up to 6 rows. sums [row][columns of a panel] receives the products of k in this block.</summary>
    public static void Run(int rows, int depth, float* x, nint stride, uint* pairs, float* sums)
    {
        switch (rows)
        {
            case 1: Run<Count1>(depth, x, stride, pairs, sums); break;
            case 2: Run<Count2>(depth, x, stride, pairs, sums); break;
            case 3: Run<Count3>(depth, x, stride, pairs, sums); break;
            case 4: Run<Count4>(depth, x, stride, pairs, sums); break;
            case 5: Run<Count5>(depth, x, stride, pairs, sums); break;
            default: Run<Count6>(depth, x, stride, pairs, sums); break;
        }
    }

    /// <summary>One row by four panels: a single row has too few sums in flight for the latency of the multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunRowOfFourPanels(int depth, float* x, uint* pairs, nint panelStride, float* sums)
    {
        TVector x0 = default, y0 = default, x1 = default, y1 = default, x2 = default, y2 = default, x3 = default, y3 = default;
        var b1 = pairs + panelStride;
        var b2 = b1 + panelStride;
        var b3 = b2 + panelStride;
        for (var k = depth; k > 0; k--, x++)
        {
            var w = TLanes.Broadcast(*x);
            x0 = TLanes.Fma(w, TPairs.Lower(pairs), x0);
            y0 = TLanes.Fma(w, TPairs.Upper(pairs), y0);
            x1 = TLanes.Fma(w, TPairs.Lower(b1), x1);
            y1 = TLanes.Fma(w, TPairs.Upper(b1), y1);
            x2 = TLanes.Fma(w, TPairs.Lower(b2), x2);
            y2 = TLanes.Fma(w, TPairs.Upper(b2), y2);
            x3 = TLanes.Fma(w, TPairs.Lower(b3), x3);
            y3 = TLanes.Fma(w, TPairs.Upper(b3), y3);
            pairs += TLanes.Count;
            b1 += TLanes.Count;
            b2 += TLanes.Count;
            b3 += TLanes.Count;
        }

        Put(sums, x0, y0);
        Put(sums + Columns, x1, y1);
        Put(sums + 2 * Columns, x2, y2);
        Put(sums + 3 * Columns, x3, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TRows>(int depth, float* x, nint s, uint* pairs, float* sums) where TRows : struct, ICount
    {
        TVector
            x0 = default, y0 = default, x1 = default, y1 = default, x2 = default, y2 = default,
            x3 = default, y3 = default, x4 = default, y4 = default, x5 = default, y5 = default;
        var a3 = x + 3 * s;
        for (var k = depth; k > 0; k--, x++, a3++, pairs += TLanes.Count)
        {
            var u = TPairs.Lower(pairs);
            var v = TPairs.Upper(pairs);
            { var w = TLanes.Broadcast(*x); x0 = TLanes.Fma(w, u, x0); y0 = TLanes.Fma(w, v, y0); }
            if (TRows.Value > 1) { var w = TLanes.Broadcast(*(x + s)); x1 = TLanes.Fma(w, u, x1); y1 = TLanes.Fma(w, v, y1); }
            if (TRows.Value > 2) { var w = TLanes.Broadcast(*(x + 2 * s)); x2 = TLanes.Fma(w, u, x2); y2 = TLanes.Fma(w, v, y2); }
            if (TRows.Value > 3) { var w = TLanes.Broadcast(*a3); x3 = TLanes.Fma(w, u, x3); y3 = TLanes.Fma(w, v, y3); }
            if (TRows.Value > 4) { var w = TLanes.Broadcast(*(a3 + s)); x4 = TLanes.Fma(w, u, x4); y4 = TLanes.Fma(w, v, y4); }
            if (TRows.Value > 5) { var w = TLanes.Broadcast(*(a3 + 2 * s)); x5 = TLanes.Fma(w, u, x5); y5 = TLanes.Fma(w, v, y5); }
        }

        Put(sums, x0, y0);
        if (TRows.Value > 1) Put(sums + Columns, x1, y1);
        if (TRows.Value > 2) Put(sums + 2 * Columns, x2, y2);
        if (TRows.Value > 3) Put(sums + 3 * Columns, x3, y3);
        if (TRows.Value > 4) Put(sums + 4 * Columns, x4, y4);
        if (TRows.Value > 5) Put(sums + 5 * Columns, x5, y5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* sums, TVector x, TVector y)
    {
        TLanes.Store(x, sums);
        TLanes.Store(y, sums + TLanes.Count);
    }
}
