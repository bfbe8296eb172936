using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The vector operations of the int8 micro-kernel, so that it is written once for every width. A vector of weights holds, for each of its columns, four
/// successive k, as 16-bit numbers or, where the machine multiplies those, as bytes. A sum holds one or two 32-bit numbers per column, added up at the end.
/// All of it is exact integer arithmetic modulo 2^32, and what it adds up to fits, so every path gives the same sums.
/// </summary>
internal unsafe interface IInt8Lanes<TShorts, TInts>
    where TShorts : struct
    where TInts : struct
{
    /// <summary>Columns of a vector.</summary>
    static abstract int Columns { get; }

    /// <summary>Vectors of columns in a tile, 2 or 4, and so many rows (at most 6) that the sums fit the registers beside them.</summary>
    static abstract int Vectors { get; }

    /// <summary>Bytes of four activations: 8, or 4 where they are unsigned bytes q + 128 (128 Σ w is then taken off the sums) and weights stay bytes.</summary>
    static abstract int GroupBytes { get; }

    /// <summary>4 * Columns weights, each widened from 8 to 16 bits where 16 are multiplied.</summary>
    static abstract TShorts Widen(sbyte* source);

    static abstract TShorts Load(short* source);

    static abstract void Store(TShorts value, short* destination);

    /// <summary>Four activations, repeated for every column.</summary>
    static abstract TShorts Broadcast(byte* four);

    /// <summary>Two sums + the products of their weights, pair by pair. Two at once, because multiplying both before adding is a fifth faster on Zen 4.</summary>
    static abstract (TInts, TInts) MultiplyAdd(TInts first, TInts second, TShorts activations, TShorts weights1, TShorts weights2);

    /// <summary>The sums of 2 * Columns columns, in their order.</summary>
    static abstract void Sums(TInts first, TInts second, int* destination);
}

internal unsafe struct Int8Lanes512 : IInt8Lanes<Vector512<short>, Vector512<int>>
{
    public static int Columns => 8;
    public static int GroupBytes => 8;
    public static int Vectors => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Widen(sbyte* source) => Avx512BW.ConvertToVector512Int16(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Load(short* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<short> value, short* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Broadcast(byte* four) => Vector512.Create(*(long*)four).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<int>, Vector512<int>) MultiplyAdd(
        Vector512<int> first, Vector512<int> second, Vector512<short> activations, Vector512<short> weights1, Vector512<short> weights2)
    {
        var products1 = Avx512BW.MultiplyAddAdjacent(activations, weights1);
        var products2 = Avx512BW.MultiplyAddAdjacent(activations, weights2);
        return (first + products1, second + products2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector512<int> first, Vector512<int> second, int* destination)
    {
        var even = Avx512F.PermuteVar16x32x2(first, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), second);
        var odd = Avx512F.PermuteVar16x32x2(first, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), second);
        (even + odd).Store(destination);
    }
}

internal unsafe struct Int8Lanes256 : IInt8Lanes<Vector256<short>, Vector256<int>>
{
    public static int Columns => 4;
    public static int GroupBytes => 8;
    public static int Vectors => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Widen(sbyte* source) => Avx2.ConvertToVector256Int16(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Load(short* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<short> value, short* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Broadcast(byte* four) => Vector256.Create(*(long*)four).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<int>, Vector256<int>) MultiplyAdd(
        Vector256<int> first, Vector256<int> second, Vector256<short> activations, Vector256<short> weights1, Vector256<short> weights2)
    {
        var products1 = Avx2.MultiplyAddAdjacent(activations, weights1);
        var products2 = Avx2.MultiplyAddAdjacent(activations, weights2);
        return (first + products1, second + products2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector256<int> first, Vector256<int> second, int* destination) =>
        Avx2.Permute4x64(Avx2.HorizontalAdd(first, second).AsInt64(), 0b11_01_10_00).AsInt32().Store(destination);
}

/// <summary>AVX-VNNI: unsigned bytes times signed ones, four products added to a sum in one instruction (vpdpbusd), which does not saturate.</summary>
internal unsafe struct Int8LanesVnni : IInt8Lanes<Vector256<sbyte>, Vector256<int>>
{
    public static int Columns => 8;
    public static int GroupBytes => 4;
    public static int Vectors => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Widen(sbyte* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Load(short* source) => Vector256.Load(source).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<sbyte> value, short* destination) => value.AsInt16().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Broadcast(byte* four) => Vector256.Create(*(int*)four).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<int>, Vector256<int>) MultiplyAdd(
        Vector256<int> first, Vector256<int> second, Vector256<sbyte> activations, Vector256<sbyte> weights1, Vector256<sbyte> weights2) =>
        (AvxVnni.MultiplyWideningAndAdd(first, activations.AsByte(), weights1), AvxVnni.MultiplyWideningAndAdd(second, activations.AsByte(), weights2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector256<int> first, Vector256<int> second, int* destination)
    {
        first.Store(destination);
        second.Store(destination + 8);
    }
}

internal unsafe struct Int8Lanes128 : IInt8Lanes<Vector128<short>, Vector128<int>>
{
    public static int Columns => 2;
    public static int GroupBytes => 8;
    public static int Vectors => AdvSimd.IsSupported ? 4 : 2; // 32 registers on Arm, 16 on x86

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Widen(sbyte* source) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Load(short* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<short> value, short* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Broadcast(byte* four) => Vector128.Create(*(long*)four).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<int>, Vector128<int>) MultiplyAdd(
        Vector128<int> first, Vector128<int> second, Vector128<short> activations, Vector128<short> weights1, Vector128<short> weights2) =>
        (MultiplyAdd(first, activations, weights1), MultiplyAdd(second, activations, weights2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<short> activations, Vector128<short> weights)
    {
        if (Sse2.IsSupported)
        {
            return sum + Sse2.MultiplyAddAdjacent(activations, weights);
        }

        // At most 127 * 127 in size, so a product fits 16 bits; its pair is added in 32.
        var products = activations * weights;
        return AdvSimd.IsSupported
            ? AdvSimd.AddPairwiseWideningAndAdd(sum, products)
            : sum + (products.AsInt32() >> 16) + ((products.AsInt32() << 16) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Vector128<int> first, Vector128<int> second, int* destination)
    {
        destination[0] = first[0] + first[1];
        destination[1] = first[2] + first[3];
        destination[2] = second[0] + second[1];
        destination[3] = second[2] + second[3];
    }
}

/// <summary>One column at a time; four 16-bit numbers in one 64-bit word.</summary>
internal unsafe struct Int8LanesScalar : IInt8Lanes<ulong, int>
{
    public static int Columns => 1;
    public static int GroupBytes => 8;
    public static int Vectors => 2;

    public static ulong Widen(sbyte* source)
    {
        ulong word = 0;
        for (var i = 3; i >= 0; i--)
        {
            word = word << 16 | (ushort)(short)source[i];
        }

        return word;
    }

    public static ulong Load(short* source) => *(ulong*)source;

    public static void Store(ulong value, short* destination) => *(ulong*)destination = value;

    public static ulong Broadcast(byte* four) => *(ulong*)four;

    public static (int, int) MultiplyAdd(int first, int second, ulong activations, ulong weights1, ulong weights2) =>
        (MultiplyAdd(first, activations, weights1), MultiplyAdd(second, activations, weights2));

    private static int MultiplyAdd(int sum, ulong activations, ulong weights)
    {
        for (var shift = 0; shift < 64; shift += 16)
        {
            sum += (short)(activations >> shift) * (short)(weights >> shift);
        }

        return sum;
    }

    public static void Sums(int first, int second, int* destination)
    {
        destination[0] = first;
        destination[1] = second;
    }
}
