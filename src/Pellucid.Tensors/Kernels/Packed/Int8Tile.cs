using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>Where the operands of an int8 tile lie.</summary>
internal unsafe struct Int8TileOperands
{
    /// <summary>Groups of four k.</summary>
    public int Groups;

    /// <summary>Activations, [group][row][4], of 8 or 16 bits.</summary>
    public byte* A;

    /// <summary>Weights, [group][32 columns][4], of 8 or 16 bits; the tile's first column.</summary>
    public byte* B;

    /// <summary>Sums, [row][32 columns]; the tile's first column.</summary>
    public int* Sums;
}

/// <summary>
/// The int8 micro-kernel: R rows by two or four vectors of columns; the sums stay in registers while k runs. Weights come as bytes and are widened on the way (few
/// rows: the memory is read once), or were widened before for many rows.
/// </summary>
internal static unsafe class Int8Tile<TLanes, TShorts, TInts>
    where TLanes : struct, IInt8Lanes<TShorts, TInts>
    where TShorts : struct
    where TInts : struct
{
    public const int PanelColumns = 32;

    /// <summary>Rows of a tile at most.</summary>
    public const int Rows = 6;

    /// <summary>All columns of a panel.</summary>
    public static void RunPanel<TWeights>(int rows, Int8TileOperands t) where TWeights : struct, IInt8Weights
    {
        var columns = TLanes.Vectors * TLanes.Columns;
        for (var column = 0; column < PanelColumns; column += columns)
        {
            Run<TWeights>(rows, t);
            t.B += columns * 4 * TWeights.Bytes;
            t.Sums += columns;
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
            default: Run<Count6, TWeights>(t); break;
        }
    }

    /// <remarks>Few rows by many columns: a broadcast costs as much as a product, a load of weights nothing.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TRows, TWeights>(in Int8TileOperands t)
        where TRows : struct, ICount
        where TWeights : struct, IInt8Weights
    {
        TInts
            x0 = default, y0 = default, z0 = default, q0 = default,
            x1 = default, y1 = default, z1 = default, q1 = default,
            x2 = default, y2 = default, z2 = default, q2 = default,
            x3 = default, y3 = default, z3 = default, q3 = default,
            x4 = default, y4 = default, z4 = default, q4 = default,
            x5 = default, y5 = default, z5 = default, q5 = default;
        var a = t.A;
        var b = t.B;
        for (var group = t.Groups; group > 0; group--)
        {
            var u = Weights<TWeights>(b, 0);
            var v = Weights<TWeights>(b, 1);
            var m = TLanes.Vectors > 2 ? Weights<TWeights>(b, 2) : u;
            var n = TLanes.Vectors > 2 ? Weights<TWeights>(b, 3) : v;
            { var w = TLanes.Broadcast(a); (x0, y0) = TLanes.MultiplyAdd(x0, y0, w, u, v); if (TLanes.Vectors > 2) (z0, q0) = TLanes.MultiplyAdd(z0, q0, w, m, n); }
            if (TRows.Value > 1) { var w = TLanes.Broadcast(a + 1 * TLanes.GroupBytes); (x1, y1) = TLanes.MultiplyAdd(x1, y1, w, u, v); if (TLanes.Vectors > 2) (z1, q1) = TLanes.MultiplyAdd(z1, q1, w, m, n); }
            if (TRows.Value > 2) { var w = TLanes.Broadcast(a + 2 * TLanes.GroupBytes); (x2, y2) = TLanes.MultiplyAdd(x2, y2, w, u, v); if (TLanes.Vectors > 2) (z2, q2) = TLanes.MultiplyAdd(z2, q2, w, m, n); }
            if (TRows.Value > 3) { var w = TLanes.Broadcast(a + 3 * TLanes.GroupBytes); (x3, y3) = TLanes.MultiplyAdd(x3, y3, w, u, v); if (TLanes.Vectors > 2) (z3, q3) = TLanes.MultiplyAdd(z3, q3, w, m, n); }
            if (TRows.Value > 4) { var w = TLanes.Broadcast(a + 4 * TLanes.GroupBytes); (x4, y4) = TLanes.MultiplyAdd(x4, y4, w, u, v); if (TLanes.Vectors > 2) (z4, q4) = TLanes.MultiplyAdd(z4, q4, w, m, n); }
            if (TRows.Value > 5) { var w = TLanes.Broadcast(a + 5 * TLanes.GroupBytes); (x5, y5) = TLanes.MultiplyAdd(x5, y5, w, u, v); if (TLanes.Vectors > 2) (z5, q5) = TLanes.MultiplyAdd(z5, q5, w, m, n); }
            a += TRows.Value * TLanes.GroupBytes;
            b += PanelColumns * 4 * TWeights.Bytes;
        }

        var s = t.Sums;
        Put(s, x0, y0, z0, q0);
        if (TRows.Value > 1) Put(s + 1 * PanelColumns, x1, y1, z1, q1);
        if (TRows.Value > 2) Put(s + 2 * PanelColumns, x2, y2, z2, q2);
        if (TRows.Value > 3) Put(s + 3 * PanelColumns, x3, y3, z3, q3);
        if (TRows.Value > 4) Put(s + 4 * PanelColumns, x4, y4, z4, q4);
        if (TRows.Value > 5) Put(s + 5 * PanelColumns, x5, y5, z5, q5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TShorts Weights<TWeights>(byte* b, int vector) where TWeights : struct, IInt8Weights => TWeights.Bytes == 1
        ? TLanes.Widen((sbyte*)b + vector * 4 * TLanes.Columns)
        : TLanes.Load((short*)b + vector * 4 * TLanes.Columns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(int* sums, TInts x, TInts y, TInts z, TInts q)
    {
        TLanes.Sums(x, y, sums);
        if (TLanes.Vectors > 2)
        {
            TLanes.Sums(z, q, sums + 2 * TLanes.Columns);
        }
    }
}

/// <summary>How wide the weights of a tile are, as a type.</summary>
internal interface IInt8Weights
{
    static abstract int Bytes { get; }
}

internal readonly struct PlainBytes : IInt8Weights { public static int Bytes => 1; }

internal readonly struct WidenedBytes : IInt8Weights { public static int Bytes => 2; }
