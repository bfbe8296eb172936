using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>Where the operands of an int8 tile lie.</summary>
internal unsafe struct Int8TileOperands
{
    /// <summary>Groups of four k.</summary>
    public int Groups;

    /// <summary>Activations, [group][row][4].</summary>
    public short* A;

    /// <summary>Weights, [group][16 columns][4], of 8 or 16 bits; the tile's first column.</summary>
    public byte* B;

    /// <summary>Sums, [row][16 columns]; the tile's first column.</summary>
    public int* Sums;
}

/// <summary>
/// The int8 micro-kernel: R rows by two vectors of columns; the sums stay in registers while k runs. Weights come as bytes and are widened on the way (few
/// rows: the memory is read once), or were widened before for many rows.
/// </summary>
internal static unsafe class Int8Tile<TLanes, TShorts, TInts>
    where TLanes : struct, IInt8Lanes<TShorts, TInts>
    where TShorts : struct
    where TInts : struct
{
    public const int PanelColumns = 16;

    /// <summary>Rows of a tile at most.</summary>
    public static int Rows => TLanes.Rows;

    /// <summary>All 16 columns of a panel.</summary>
    public static void RunPanel<TWeights>(int rows, Int8TileOperands t) where TWeights : struct, IInt8Weights
    {
        for (var column = 0; column < PanelColumns; column += 2 * TLanes.Columns)
        {
            Run<TWeights>(rows, t);
            t.B += 2 * TLanes.Columns * 4 * TWeights.Bytes;
            t.Sums += 2 * TLanes.Columns;
        }
    }

    /// <summary>Widens a panel to 16 bits: the same order.</summary>
    public static void Widen(sbyte* panel, int groups, short* to)
    {
        for (long at = 0, end = (long)groups * PanelColumns * 4; at < end; at += TLanes.Columns * 4)
        {
            TLanes.Store(TLanes.Widen(panel + at), to + at);
        }
    }

    private static void Run<TWeights>(int rows, in Int8TileOperands t) where TWeights : struct, IInt8Weights
    {
        switch (rows)
        {
            case 1: Run<Count1, TWeights>(t); break;
            case 2: Run<Count2, TWeights>(t); break;
            case 3: Run<Count3, TWeights>(t); break;
            case 4: Run<Count4, TWeights>(t); break;
            case 5: Run<Count5, TWeights>(t); break;
            case 6: Run<Count6, TWeights>(t); break;
            case 7: Run<Count7, TWeights>(t); break;
            case 8: Run<Count8, TWeights>(t); break;
            case 9: Run<Count9, TWeights>(t); break;
            case 10: Run<Count10, TWeights>(t); break;
            case 11: Run<Count11, TWeights>(t); break;
            default: Run<Count12, TWeights>(t); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TRows, TWeights>(in Int8TileOperands t)
        where TRows : struct, ICount
        where TWeights : struct, IInt8Weights
    {
        TInts
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
        var a = t.A;
        var b = t.B;
        for (var group = t.Groups; group > 0; group--)
        {
            var u = TWeights.Bytes == 1 ? TLanes.Widen((sbyte*)b) : TLanes.Load((short*)b);
            var v = TWeights.Bytes == 1 ? TLanes.Widen((sbyte*)b + 4 * TLanes.Columns) : TLanes.Load((short*)b + 4 * TLanes.Columns);
            { var w = TLanes.Broadcast(a); x0 = TLanes.MultiplyAdd(x0, w, u); y0 = TLanes.MultiplyAdd(y0, w, v); }
            if (TRows.Value > 1) { var w = TLanes.Broadcast(a + 4); x1 = TLanes.MultiplyAdd(x1, w, u); y1 = TLanes.MultiplyAdd(y1, w, v); }
            if (TRows.Value > 2) { var w = TLanes.Broadcast(a + 8); x2 = TLanes.MultiplyAdd(x2, w, u); y2 = TLanes.MultiplyAdd(y2, w, v); }
            if (TRows.Value > 3) { var w = TLanes.Broadcast(a + 12); x3 = TLanes.MultiplyAdd(x3, w, u); y3 = TLanes.MultiplyAdd(y3, w, v); }
            if (TRows.Value > 4) { var w = TLanes.Broadcast(a + 16); x4 = TLanes.MultiplyAdd(x4, w, u); y4 = TLanes.MultiplyAdd(y4, w, v); }
            if (TRows.Value > 5) { var w = TLanes.Broadcast(a + 20); x5 = TLanes.MultiplyAdd(x5, w, u); y5 = TLanes.MultiplyAdd(y5, w, v); }
            if (TRows.Value > 6) { var w = TLanes.Broadcast(a + 24); x6 = TLanes.MultiplyAdd(x6, w, u); y6 = TLanes.MultiplyAdd(y6, w, v); }
            if (TRows.Value > 7) { var w = TLanes.Broadcast(a + 28); x7 = TLanes.MultiplyAdd(x7, w, u); y7 = TLanes.MultiplyAdd(y7, w, v); }
            if (TRows.Value > 8) { var w = TLanes.Broadcast(a + 32); x8 = TLanes.MultiplyAdd(x8, w, u); y8 = TLanes.MultiplyAdd(y8, w, v); }
            if (TRows.Value > 9) { var w = TLanes.Broadcast(a + 36); x9 = TLanes.MultiplyAdd(x9, w, u); y9 = TLanes.MultiplyAdd(y9, w, v); }
            if (TRows.Value > 10) { var w = TLanes.Broadcast(a + 40); x10 = TLanes.MultiplyAdd(x10, w, u); y10 = TLanes.MultiplyAdd(y10, w, v); }
            if (TRows.Value > 11) { var w = TLanes.Broadcast(a + 44); x11 = TLanes.MultiplyAdd(x11, w, u); y11 = TLanes.MultiplyAdd(y11, w, v); }
            a += 4 * TRows.Value;
            b += PanelColumns * 4 * TWeights.Bytes;
        }

        var s = t.Sums;
        TLanes.Sums(x0, y0, s);
        if (TRows.Value > 1) TLanes.Sums(x1, y1, s + PanelColumns);
        if (TRows.Value > 2) TLanes.Sums(x2, y2, s + 2 * PanelColumns);
        if (TRows.Value > 3) TLanes.Sums(x3, y3, s + 3 * PanelColumns);
        if (TRows.Value > 4) TLanes.Sums(x4, y4, s + 4 * PanelColumns);
        if (TRows.Value > 5) TLanes.Sums(x5, y5, s + 5 * PanelColumns);
        if (TRows.Value > 6) TLanes.Sums(x6, y6, s + 6 * PanelColumns);
        if (TRows.Value > 7) TLanes.Sums(x7, y7, s + 7 * PanelColumns);
        if (TRows.Value > 8) TLanes.Sums(x8, y8, s + 8 * PanelColumns);
        if (TRows.Value > 9) TLanes.Sums(x9, y9, s + 9 * PanelColumns);
        if (TRows.Value > 10) TLanes.Sums(x10, y10, s + 10 * PanelColumns);
        if (TRows.Value > 11) TLanes.Sums(x11, y11, s + 11 * PanelColumns);
    }
}

/// <summary>How wide the weights of a tile are, as a type.</summary>
internal interface IInt8Weights
{
    static abstract int Bytes { get; }
}

internal readonly struct PlainBytes : IInt8Weights { public static int Bytes => 1; }

internal readonly struct WidenedBytes : IInt8Weights { public static int Bytes => 2; }
