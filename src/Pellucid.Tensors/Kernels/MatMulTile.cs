using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The micro-kernel: R rows by two vectors of columns of C stay in registers while k runs over one block.
/// Per k: two loads of B, R broadcasts of A, 2R fused multiply-adds (12 rows of AVX-512: 24 accumulators).
/// </summary>
internal static unsafe class MatMulTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Columns of C in a tile: two vectors.</summary>
    public static int Columns => 2 * TLanes.Count;

    /// <summary>Rows of C in a tile at most.</summary>
    public static int Rows => TLanes.Rows;

    /// <summary>C[rows, Columns] = (add ? C : nothing) + A . B (+ bias), see <see cref="TileOperands"/>.</summary>
    public static void Run(int rows, in TileOperands t)
    {
        switch (rows)
        {
            case 1: Run<Rows1>(t); break;
            case 2: Run<Rows2>(t); break;
            case 3: Run<Rows3>(t); break;
            case 4: Run<Rows4>(t); break;
            case 5: Run<Rows5>(t); break;
            case 6: Run<Rows6>(t); break;
            case 7: Run<Rows7>(t); break;
            case 8: Run<Rows8>(t); break;
            case 9: Run<Rows9>(t); break;
            case 10: Run<Rows10>(t); break;
            case 11: Run<Rows11>(t); break;
            default: Run<Rows12>(t); break;
        }
    }

    /// <summary>A tile with fewer columns than <see cref="Columns"/>: computed whole on the side, then the part that exists is merged.</summary>
    [SkipLocalsInit]
    public static void RunEdge(int rows, int columns, in TileOperands t)
    {
        const int MaxTile = 12 * 32;
        var side = stackalloc float[MaxTile];
        var whole = t with { C = side, RowStrideC = Columns, Add = false, Bias = null };
        Run(rows, whole);
        for (var i = 0; i < rows; i++)
        {
            var from = side + i * Columns;
            var to = t.C + i * t.RowStrideC;
            for (var j = 0; j < columns; j++)
            {
                var value = t.Add ? to[j] + from[j] : from[j];
                to[j] = t.Bias != null ? value + t.Bias[j] : value;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows>(in TileOperands t) where TRows : struct, IRowCount
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

        // Rows are reached as base, base + s, base + 2s from one pointer per three rows: addresses an instruction can encode.
        var s = t.RowStrideA;
        var step = t.DepthStrideA;
        var a0 = t.A;
        var a3 = a0 + 3 * s;
        var a6 = a0 + 6 * s;
        var a9 = a0 + 9 * s;
        var b = t.B;
        var stepB = t.DepthStrideB;

        for (var k = t.Depth; k > 0; k--)
        {
            var u = TLanes.Load(b);
            var v = TLanes.Load(b + TLanes.Count);
            { var w = TLanes.Broadcast(*a0); x0 = TLanes.Fma(w, u, x0); y0 = TLanes.Fma(w, v, y0); }
            if (TRows.Value > 1) { var w = TLanes.Broadcast(*(a0 + s)); x1 = TLanes.Fma(w, u, x1); y1 = TLanes.Fma(w, v, y1); }
            if (TRows.Value > 2) { var w = TLanes.Broadcast(*(a0 + 2 * s)); x2 = TLanes.Fma(w, u, x2); y2 = TLanes.Fma(w, v, y2); }
            if (TRows.Value > 3) { var w = TLanes.Broadcast(*a3); x3 = TLanes.Fma(w, u, x3); y3 = TLanes.Fma(w, v, y3); }
            if (TRows.Value > 4) { var w = TLanes.Broadcast(*(a3 + s)); x4 = TLanes.Fma(w, u, x4); y4 = TLanes.Fma(w, v, y4); }
            if (TRows.Value > 5) { var w = TLanes.Broadcast(*(a3 + 2 * s)); x5 = TLanes.Fma(w, u, x5); y5 = TLanes.Fma(w, v, y5); }
            if (TRows.Value > 6) { var w = TLanes.Broadcast(*a6); x6 = TLanes.Fma(w, u, x6); y6 = TLanes.Fma(w, v, y6); }
            if (TRows.Value > 7) { var w = TLanes.Broadcast(*(a6 + s)); x7 = TLanes.Fma(w, u, x7); y7 = TLanes.Fma(w, v, y7); }
            if (TRows.Value > 8) { var w = TLanes.Broadcast(*(a6 + 2 * s)); x8 = TLanes.Fma(w, u, x8); y8 = TLanes.Fma(w, v, y8); }
            if (TRows.Value > 9) { var w = TLanes.Broadcast(*a9); x9 = TLanes.Fma(w, u, x9); y9 = TLanes.Fma(w, v, y9); }
            if (TRows.Value > 10) { var w = TLanes.Broadcast(*(a9 + s)); x10 = TLanes.Fma(w, u, x10); y10 = TLanes.Fma(w, v, y10); }
            if (TRows.Value > 11) { var w = TLanes.Broadcast(*(a9 + 2 * s)); x11 = TLanes.Fma(w, u, x11); y11 = TLanes.Fma(w, v, y11); }
            a0 += step;
            a3 += step;
            a6 += step;
            a9 += step;
            b += stepB;
        }

        var c = t.C;
        Put(t, c, x0, y0);
        if (TRows.Value > 1) Put(t, c + 1 * t.RowStrideC, x1, y1);
        if (TRows.Value > 2) Put(t, c + 2 * t.RowStrideC, x2, y2);
        if (TRows.Value > 3) Put(t, c + 3 * t.RowStrideC, x3, y3);
        if (TRows.Value > 4) Put(t, c + 4 * t.RowStrideC, x4, y4);
        if (TRows.Value > 5) Put(t, c + 5 * t.RowStrideC, x5, y5);
        if (TRows.Value > 6) Put(t, c + 6 * t.RowStrideC, x6, y6);
        if (TRows.Value > 7) Put(t, c + 7 * t.RowStrideC, x7, y7);
        if (TRows.Value > 8) Put(t, c + 8 * t.RowStrideC, x8, y8);
        if (TRows.Value > 9) Put(t, c + 9 * t.RowStrideC, x9, y9);
        if (TRows.Value > 10) Put(t, c + 10 * t.RowStrideC, x10, y10);
        if (TRows.Value > 11) Put(t, c + 11 * t.RowStrideC, x11, y11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(in TileOperands t, float* c, TVector x, TVector y)
    {
        if (t.Add)
        {
            x = TLanes.Add(TLanes.Load(c), x);
            y = TLanes.Add(TLanes.Load(c + TLanes.Count), y);
        }

        if (t.Bias != null)
        {
            x = TLanes.Add(x, TLanes.Load(t.Bias));
            y = TLanes.Add(y, TLanes.Load(t.Bias + TLanes.Count));
        }

        TLanes.Store(x, c);
        TLanes.Store(y, c + TLanes.Count);
    }
}

/// <summary>Where a tile's operands lie. Strides are in floats, so packed and plain memory look the same.</summary>
internal unsafe struct TileOperands
{
    public int Depth;
    public float* A;
    public nint RowStrideA;
    public nint DepthStrideA;
    public float* B;
    public nint DepthStrideB;
    public float* C;
    public nint RowStrideC;
    public bool Add;
    public float* Bias;
}

/// <summary>A row count as a type: the JIT compiles one kernel per count and drops the rows that are not there.</summary>
internal interface IRowCount
{
    static abstract int Value { get; }
}

internal readonly struct Rows1 : IRowCount { public static int Value => 1; }

internal readonly struct Rows2 : IRowCount { public static int Value => 2; }

internal readonly struct Rows3 : IRowCount { public static int Value => 3; }

internal readonly struct Rows4 : IRowCount { public static int Value => 4; }

internal readonly struct Rows5 : IRowCount { public static int Value => 5; }

internal readonly struct Rows6 : IRowCount { public static int Value => 6; }

internal readonly struct Rows7 : IRowCount { public static int Value => 7; }

internal readonly struct Rows8 : IRowCount { public static int Value => 8; }

internal readonly struct Rows9 : IRowCount { public static int Value => 9; }

internal readonly struct Rows10 : IRowCount { public static int Value => 10; }

internal readonly struct Rows11 : IRowCount { public static int Value => 11; }

internal readonly struct Rows12 : IRowCount { public static int Value => 12; }
