using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Which elements dropout keeps, one bit each. Element i is kept when its sixteen bits of the generator's stream are at least p·2^16:
/// a group of Philox words decides <see cref="GroupElements"/> elements, the low half of each word sixteen of them, the high half the next sixteen.
/// A pass and its derivative read the same bits, so the generator runs once; they take a thirty-second of what they mask.
/// </summary>
internal static unsafe class DropoutMask
{
    /// <summary>Elements that one <see cref="Philox.Group"/> decides.</summary>
    public const int GroupElements = 2 * Philox.GroupWords;

    private const int GroupFloats = GroupElements / 32;

    /// <summary>The memory for the bits of n elements, counted in floats; a spare one lets sixteen bits be read at any element.</summary>
    public static int Length(int elements) => checked((elements + GroupElements - 1) / GroupElements * GroupFloats + 1);

    /// <summary>The bits of elements 0 .. n-1.</summary>
    public static void Fill(Rng key, float p, int elements, Span<float> mask)
    {
        Edge.Length(mask.Length, Length(elements), nameof(mask));
        mask[^1] = 0;
        fixed (float* pm = mask)
            Split.Over((elements + GroupElements - 1) / GroupElements, 4L * GroupElements, new Body { Key = key.Key, Threshold = Threshold(p), Mask = pm });
    }

    /// <summary>The bit of one element, by the definition.</summary>
    public static bool Naive(Rng key, float p, ulong element)
    {
        uint word = key.UInt32(element / GroupElements * Philox.GroupWords + element % GroupElements / 32 * 16 + element % 16);
        return (element % 32 < 16 ? word << 16 : word) >= Threshold(p);
    }

    /// <summary>p in units of 2^-16, in the upper half of a word.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not in [0, 1).</exception>
    public static uint Threshold(float p)
    {
        if (!(p >= 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), $"A dropout probability lies in [0, 1), got {p}.");
        return (uint)Math.Min(MathF.Round(p * 65536f), 65535f) << 16;
    }

    /// <summary>What a kept element is multiplied with.</summary>
    public static float Factor(float p) => 1f / (1f - p);

    /// <summary>The bits of one group, as eight sixteens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Group(ulong key, ulong group, Vector512<uint> threshold, ushort* bits)
    {
        Philox.Group(key, group, out var x0, out var x1, out var x2, out var x3);
        Store(x0, threshold, bits);
        Store(x1, threshold, bits + 2);
        Store(x2, threshold, bits + 4);
        Store(x3, threshold, bits + 6);
    }

    /// <summary>All bits set in the lanes of elements first .. first + 15 that are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Lanes16(float* mask, long first)
    {
        uint bits = Unsafe.ReadUnaligned<uint>((byte*)mask + (first >> 3)) >> (int)(first & 7);
        var lane = Vector512.Create(1u, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        return Vector512.Equals(Vector512.Create(bits) & lane, lane).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<uint> words, Vector512<uint> threshold, ushort* bits)
    {
        bits[0] = (ushort)Vector512.GreaterThanOrEqual(Vector512.ShiftLeft(words, 16), threshold).ExtractMostSignificantBits();
        bits[1] = (ushort)Vector512.GreaterThanOrEqual(words, threshold).ExtractMostSignificantBits();
    }

    private struct Body : IRangeBody
    {
        public ulong Key;
        public uint Threshold;
        public float* Mask;

        public readonly void Run(int start, int end)
        {
            var threshold = Vector512.Create(Threshold);
            for (long g = start; g < end; g++) Group(Key, (ulong)g, threshold, (ushort*)(Mask + g * GroupFloats));
        }
    }
}
