using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The micro-kernel: R rows by one or two vectors of columns of C stay in registers while k runs over one block.
/// Per k: two loads of B, R broadcasts of A, 2R fused multiply-adds (12 rows of AVX-512: 24 accumulators).
/// </summary>
internal static unsafe class MatMulTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Columns of C in a tile at most: two vectors.</summary>
    public static int Columns => 2 * TLanes.Count;

    /// <summary>Rows of C in a tile at most.</summary>
    public static int Rows => TLanes.Rows;

    /// <summary>
    /// C = (add ? C : nothing) + A . B (+ bias) for a tile of `rows` rows and t.Columns columns. B is loaded in whole
    /// vectors, so its panel must be padded; of C and bias only the columns that exist are touched.
    /// </summary>
    public static void Run(int rows, in TileOperands t)
    {
        if (t.Columns == Columns)
        {
            Run<Count2>(rows, t);
        }
        else if (t.Columns == TLanes.Count)
        {
            Run<Count1>(rows, t);
        }
        else
        {
            RunPart(rows, t);
        }
    }

    /// <summary>The last columns of C: whole vectors are computed on the side, then the lanes that exist are merged.</summary>
    /// <remarks>A method of its own: a call inside the kernel would drive its accumulators out of the registers.</remarks>
    [SkipLocalsInit]
    private static void RunPart(int rows, in TileOperands t)
    {
        const int MaxTile = 12 * 32;
        var side = stackalloc float[MaxTile];
        var whole = t with { C = side, RowStrideC = Columns, Add = false, Bias = null };
        var full = t.Columns > TLanes.Count ? TLanes.Count : 0;
        if (full > 0)
        {
            Run<Count2>(rows, whole);
        }
        else
        {
            Run<Count1>(rows, whole);
        }

        for (var i = 0; i < rows; i++)
        {
            var from = side + i * Columns;
            var to = t.C + i * t.RowStrideC;
            if (full > 0)
            {
                Put(t, to, t.Bias, TLanes.Load(from));
            }

            var rest = TLanes.Load(from + full);
            if (t.Add)
            {
                rest = TLanes.Add(TLanes.LoadPart(to + full, t.Columns - full), rest);
            }

            if (t.Bias != null)
            {
                rest = TLanes.Add(rest, TLanes.LoadPart(t.Bias + full, t.Columns - full));
            }

            TLanes.StorePart(rest, to + full, t.Columns - full);
        }
    }

    /// <summary>
    /// One row by the full columns of four panels: a single row has too few sums in flight for the latency of the
    /// multiply-add, so four panels are worked on at a time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunRowOfFourPanels(in TileOperands t, nint panelStride)
    {
        TVector x0 = default, y0 = default, x1 = default, y1 = default, x2 = default, y2 = default, x3 = default, y3 = default;
        var a = t.A;
        var b0 = t.B;
        var b1 = b0 + panelStride;
        var b2 = b1 + panelStride;
        var b3 = b2 + panelStride;
        for (var k = t.Depth; k > 0; k--)
        {
            var w = TLanes.Broadcast(*a);
            x0 = TLanes.Fma(w, TLanes.Load(b0), x0);
            y0 = TLanes.Fma(w, TLanes.Load(b0 + TLanes.Count), y0);
            x1 = TLanes.Fma(w, TLanes.Load(b1), x1);
            y1 = TLanes.Fma(w, TLanes.Load(b1 + TLanes.Count), y1);
            x2 = TLanes.Fma(w, TLanes.Load(b2), x2);
            y2 = TLanes.Fma(w, TLanes.Load(b2 + TLanes.Count), y2);
            x3 = TLanes.Fma(w, TLanes.Load(b3), x3);
            y3 = TLanes.Fma(w, TLanes.Load(b3 + TLanes.Count), y3);
            a += t.DepthStrideA;
            b0 += t.DepthStrideB;
            b1 += t.DepthStrideB;
            b2 += t.DepthStrideB;
            b3 += t.DepthStrideB;
        }

        PutWhole(t, 0, x0, y0);
        PutWhole(t, Columns, x1, y1);
        PutWhole(t, 2 * Columns, x2, y2);
        PutWhole(t, 3 * Columns, x3, y3);
    }

    private static void Run<TVectors>(int rows, in TileOperands t) where TVectors : struct, ICount
    {
        switch (rows)
        {
            case 1: Run<Count1, TVectors>(t); break;
            case 2: Run<Count2, TVectors>(t); break;
            case 3: Run<Count3, TVectors>(t); break;
            case 4: Run<Count4, TVectors>(t); break;
            case 5: Run<Count5, TVectors>(t); break;
            case 6: Run<Count6, TVectors>(t); break;
            case 7: Run<Count7, TVectors>(t); break;
            case 8: Run<Count8, TVectors>(t); break;
            case 9: Run<Count9, TVectors>(t); break;
            case 10: Run<Count10, TVectors>(t); break;
            case 11: Run<Count11, TVectors>(t); break;
            default: Run<Count12, TVectors>(t); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TRows, TVectors>(in TileOperands t)
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        TVector
            x0 = default, y0 = default,
            x1 = default, y1 = default,
            x2 = default, y2 = default,
            x3 = default, y3 = default,
            x4 = default, y4 = default,
            x5 = default, y5 = default,
            x6 = default, y6 = default,
            x7 = default, y7 = default,
            x8 = default, y8 = default,
            x9 = default, y9 = default,
            x10 = default, y10 = default,
            x11 = default, y11 = default;

        if (Sse.IsSupported)
        {
            // C is wanted in a few hundred cycles: let it travel meanwhile.
            for (var i = 0; i < TRows.Value; i++)
            {
                Sse.Prefetch0(t.C + i * t.RowStrideC);
                Sse.Prefetch0(t.C + i * t.RowStrideC + t.Columns - 1);
            }
        }

        // Rows are reached as base, base + s, base + 2s from one pointer per three rows: addresses an instruction can encode.
        var s = t.RowStrideA;
        var step = t.DepthStrideA;
        var a0 = t.A;
        var a3 = a0 + 3 * s;
        var a6 = a0 + 6 * s;
        var a9 = a0 + 9 * s;
        var b = t.B;
        var stepB = t.DepthStrideB;
        var fetch = t.Fetch;
        var fetchStep = t.FetchStep;

        for (var k = t.Depth; k > 0; k--)
        {
            if (Sse.IsSupported && TRows.Value > 4) // a low tile is bound by memory and reads straight on: hints only disturb it
            {
                Sse.Prefetch0(fetch);
                Sse.Prefetch0(fetch + TLanes.Count);
                fetch += fetchStep;
            }

            var u = TLanes.Load(b);
            var v = TVectors.Value > 1 ? TLanes.Load(b + TLanes.Count) : u;
            { var w = TLanes.Broadcast(*a0); x0 = TLanes.Fma(w, u, x0); if (TVectors.Value > 1) y0 = TLanes.Fma(w, v, y0); }
            if (TRows.Value > 1) { var w = TLanes.Broadcast(*(a0 + s)); x1 = TLanes.Fma(w, u, x1); if (TVectors.Value > 1) y1 = TLanes.Fma(w, v, y1); }
            if (TRows.Value > 2) { var w = TLanes.Broadcast(*(a0 + 2 * s)); x2 = TLanes.Fma(w, u, x2); if (TVectors.Value > 1) y2 = TLanes.Fma(w, v, y2); }
            if (TRows.Value > 3) { var w = TLanes.Broadcast(*a3); x3 = TLanes.Fma(w, u, x3); if (TVectors.Value > 1) y3 = TLanes.Fma(w, v, y3); }
            if (TRows.Value > 4) { var w = TLanes.Broadcast(*(a3 + s)); x4 = TLanes.Fma(w, u, x4); if (TVectors.Value > 1) y4 = TLanes.Fma(w, v, y4); }
            if (TRows.Value > 5) { var w = TLanes.Broadcast(*(a3 + 2 * s)); x5 = TLanes.Fma(w, u, x5); if (TVectors.Value > 1) y5 = TLanes.Fma(w, v, y5); }
            if (TRows.Value > 6) { var w = TLanes.Broadcast(*a6); x6 = TLanes.Fma(w, u, x6); if (TVectors.Value > 1) y6 = TLanes.Fma(w, v, y6); }
            if (TRows.Value > 7) { var w = TLanes.Broadcast(*(a6 + s)); x7 = TLanes.Fma(w, u, x7); if (TVectors.Value > 1) y7 = TLanes.Fma(w, v, y7); }
            if (TRows.Value > 8) { var w = TLanes.Broadcast(*(a6 + 2 * s)); x8 = TLanes.Fma(w, u, x8); if (TVectors.Value > 1) y8 = TLanes.Fma(w, v, y8); }
            if (TRows.Value > 9) { var w = TLanes.Broadcast(*a9); x9 = TLanes.Fma(w, u, x9); if (TVectors.Value > 1) y9 = TLanes.Fma(w, v, y9); }
            if (TRows.Value > 10) { var w = TLanes.Broadcast(*(a9 + s)); x10 = TLanes.Fma(w, u, x10); if (TVectors.Value > 1) y10 = TLanes.Fma(w, v, y10); }
            if (TRows.Value > 11) { var w = TLanes.Broadcast(*(a9 + 2 * s)); x11 = TLanes.Fma(w, u, x11); if (TVectors.Value > 1) y11 = TLanes.Fma(w, v, y11); }
            a0 += step;
            a3 += step;
            a6 += step;
            a9 += step;
            b += stepB;
        }

        var c = t.C;
        Put<TVectors>(t, c, x0, y0);
        if (TRows.Value > 1) Put<TVectors>(t, c + 1 * t.RowStrideC, x1, y1);
        if (TRows.Value > 2) Put<TVectors>(t, c + 2 * t.RowStrideC, x2, y2);
        if (TRows.Value > 3) Put<TVectors>(t, c + 3 * t.RowStrideC, x3, y3);
        if (TRows.Value > 4) Put<TVectors>(t, c + 4 * t.RowStrideC, x4, y4);
        if (TRows.Value > 5) Put<TVectors>(t, c + 5 * t.RowStrideC, x5, y5);
        if (TRows.Value > 6) Put<TVectors>(t, c + 6 * t.RowStrideC, x6, y6);
        if (TRows.Value > 7) Put<TVectors>(t, c + 7 * t.RowStrideC, x7, y7);
        if (TRows.Value > 8) Put<TVectors>(t, c + 8 * t.RowStrideC, x8, y8);
        if (TRows.Value > 9) Put<TVectors>(t, c + 9 * t.RowStrideC, x9, y9);
        if (TRows.Value > 10) Put<TVectors>(t, c + 10 * t.RowStrideC, x10, y10);
        if (TRows.Value > 11) Put<TVectors>(t, c + 11 * t.RowStrideC, x11, y11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TVectors>(in TileOperands t, float* c, TVector x, TVector y) where TVectors : struct, ICount
    {
        Put(t, c, t.Bias, x);
        if (TVectors.Value > 1)
        {
            Put(t, c + TLanes.Count, t.Bias != null ? t.Bias + TLanes.Count : null, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutWhole(in TileOperands t, int column, TVector x, TVector y)
    {
        var bias = t.Bias != null ? t.Bias + column : null;
        Put(t, t.C + column, bias, x);
        Put(t, t.C + column + TLanes.Count, bias != null ? bias + TLanes.Count : null, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(in TileOperands t, float* c, float* bias, TVector x)
    {
        if (t.Add)
        {
            x = TLanes.Add(TLanes.Load(c), x);
        }

        if (bias != null)
        {
            x = TLanes.Add(x, TLanes.Load(bias));
        }

        TLanes.Store(x, c);
    }
}

/// <summary>Where a tile's operands lie. Strides are in floats, so packed and plain memory look the same.</summary>
internal unsafe struct TileOperands
{
    public int Depth;
    public int Columns;
    public float* A;
    public nint RowStrideA;
    public nint DepthStrideA;
    public float* B;
    public nint DepthStrideB;

    /// <summary>What is wanted next, two vectors per k with this step: a hint, never an access. A step of 0 asks for nothing new.</summary>
    public float* Fetch;
    public nint FetchStep;

    public float* C;
    public nint RowStrideC;
    public bool Add;
    public float* Bias;
}

/// <summary>A count as a type: the JIT compiles one kernel per shape and drops the rows and vectors that are not there.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

internal readonly struct Count1 : ICount { public static int Value => 1; }

internal readonly struct Count2 : ICount { public static int Value => 2; }

internal readonly struct Count3 : ICount { public static int Value => 3; }

internal readonly struct Count4 : ICount { public static int Value => 4; }

internal readonly struct Count5 : ICount { public static int Value => 5; }

internal readonly struct Count6 : ICount { public static int Value => 6; }

internal readonly struct Count7 : ICount { public static int Value => 7; }

internal readonly struct Count8 : ICount { public static int Value => 8; }

internal readonly struct Count9 : ICount { public static int Value => 9; }

internal readonly struct Count10 : ICount { public static int Value => 10; }

internal readonly struct Count11 : ICount { public static int Value => 11; }

internal readonly struct Count12 : ICount { public static int Value => 12; }
