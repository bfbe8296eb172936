using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Two bfloat16 in one 32-bit word: the number of the first vector of a panel in the lower half, that of the second in the upper. Since bfloat16 is the upper half
/// of float32, a shift widens one and a mask the other.
/// </summary>
internal unsafe interface IBFloat16Lanes<TVector> where TVector : struct
{
    static abstract TVector Lower(uint* pairs);

    static abstract TVector Upper(uint* pairs);
}

internal unsafe struct BFloat16Lanes512 : IBFloat16Lanes<Vector512<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Lower(uint* pairs) => (Vector512.Load(pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Upper(uint* pairs) => (Vector512.Load(pairs) & Vector512.Create(BFloat16Pairs.UpperHalf)).AsSingle();
}

internal unsafe struct BFloat16Lanes256 : IBFloat16Lanes<Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Lower(uint* pairs) => (Vector256.Load(pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Upper(uint* pairs) => (Vector256.Load(pairs) & Vector256.Create(BFloat16Pairs.UpperHalf)).AsSingle();
}

internal unsafe struct BFloat16Lanes128 : IBFloat16Lanes<Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Lower(uint* pairs) => (Vector128.Load(pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Upper(uint* pairs) => (Vector128.Load(pairs) & Vector128.Create(BFloat16Pairs.UpperHalf)).AsSingle();
}

internal unsafe struct BFloat16LanesScalar : IBFloat16Lanes<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Lower(uint* pairs) => BitConverter.UInt32BitsToSingle(*pairs << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Upper(uint* pairs) => BitConverter.UInt32BitsToSingle(*pairs & BFloat16Pairs.UpperHalf);
}

/// <summary>Rounding to bfloat16.</summary>
internal static class BFloat16Pairs
{
    public const uint UpperHalf = 0xFFFF0000;

    /// <summary>The bits of the nearest bfloat16, ties to even, in the upper half.</summary>
    /// <exception cref="ArgumentException">The number is not finite, or too large.</exception>
    public static uint Round(float value)
    {
        const uint Infinity = 0x7F800000;
        var bits = BitConverter.SingleToUInt32Bits(value);
        var rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & UpperHalf;
        return (bits & Infinity) != Infinity && (rounded & Infinity) != Infinity
            ? rounded
            : throw new ArgumentException(FormattableString.Invariant($"the weight holds {value}, which bfloat16 cannot"));
    }
}
