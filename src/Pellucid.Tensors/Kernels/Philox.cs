using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.2): ten
/// rounds turn a 128-bit counter and a 64-bit key into 128 random bits, so any element of a stream is found directly.
/// </summary>
internal static unsafe class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>Words that <see cref="Group"/> makes at once.</summary>
    public const int GroupWords = 64;

    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong a = (ulong)Multiplier0 * c0, b = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// Blocks 16·group .. 16·group + 15 (counter words 2 and 3 zero), one per lane. Word j of all sixteen blocks is one
    /// vector, which is the order of the stream: word 64g + 16j + l is output j of block 16g + l.
    /// Even and odd blocks are computed apart, each word in the lower half of 64 bits: the multiplication reads only that half,
    /// so what the products leave in the upper one does no harm and is never cleared.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Group(ulong key, ulong group, out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3)
    {
        ulong first = group << 4; // its low four bits are zero, so adding a lane number cannot carry
        var even0 = Vector512.Create((ulong)(uint)first) + Vector512.Create(0ul, 2, 4, 6, 8, 10, 12, 14);
        var odd0 = even0 + Vector512.Create(1ul);
        Vector512<ulong> even1 = Vector512.Create(first >> 32), odd1 = even1, even2 = default, odd2 = default, even3 = default, odd3 = default;
        Vector512<ulong> k0 = Vector512.Create((ulong)(uint)key), k1 = Vector512.Create(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Round(ref even0, ref even1, ref even2, ref even3, k0, k1);
            Round(ref odd0, ref odd1, ref odd2, ref odd3, k0, k1);
            k0 += Vector512.Create((ulong)Weyl0); // the upper halves overflow into nothing that is read
            k1 += Vector512.Create((ulong)Weyl1);
        }
        x0 = Join(even0, odd0);
        x1 = Join(even1, odd1);
        x2 = Join(even2, odd2);
        x3 = Join(even3, odd3);
    }

    /// <summary>Word <paramref name="index"/> of the stream of <paramref name="key"/>.</summary>
    public static uint Word(ulong key, ulong index)
    {
        ulong block = (index >> 6 << 4) | (index & 15);
        var x = Block((uint)block, (uint)(block >> 32), 0, 0, (uint)key, (uint)(key >> 32));
        return (index >> 4 & 3) switch { 0 => x.X0, 1 => x.X1, 2 => x.X2, _ => x.X3 };
    }

    /// <summary>words[i] = word first + i of the stream.</summary>
    public static void Fill(ulong key, ulong first, Span<uint> words)
    {
        uint* group = stackalloc uint[GroupWords];
        while (!words.IsEmpty)
        {
            Group(key, first >> 6, out var x0, out var x1, out var x2, out var x3);
            x0.Store(group);
            x1.Store(group + 16);
            x2.Store(group + 32);
            x3.Store(group + 48);
            int skip = (int)(first & 63), count = Math.Min(GroupWords - skip, words.Length);
            new ReadOnlySpan<uint>(group + skip, count).CopyTo(words);
            words = words[count..];
            first += (ulong)count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref Vector512<ulong> x0, ref Vector512<ulong> x1, ref Vector512<ulong> x2, ref Vector512<ulong> x3, Vector512<ulong> k0, Vector512<ulong> k1)
    {
        var a = EvenProduct(x0, Multiplier0);
        var b = EvenProduct(x2, Multiplier1);
        x0 = Vector512.ShiftRightLogical(b, 32) ^ x1 ^ k0;
        x1 = b;
        x2 = Vector512.ShiftRightLogical(a, 32) ^ x3 ^ k1;
        x3 = a;
    }

    /// <summary>The lower halves of both, in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Join(Vector512<ulong> even, Vector512<ulong> odd) =>
        ((even & Vector512.Create(0xFFFFFFFFul)) | Vector512.ShiftLeft(odd, 32)).AsUInt32();

    /// <summary>The 64-bit products of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> EvenProduct(Vector512<ulong> a, uint m)
    {
        var wide = Vector512.Create((ulong)m);
        if (Avx512F.IsSupported) return Avx512F.Multiply(a.AsUInt32(), wide.AsUInt32());
        if (Avx2.IsSupported)
            return Vector512.Create(
                Avx2.Multiply(a.GetLower().AsUInt32(), wide.GetLower().AsUInt32()),
                Avx2.Multiply(a.GetUpper().AsUInt32(), wide.GetUpper().AsUInt32()));
        return (a & Vector512.Create(0xFFFFFFFFul)) * wide;
    }
}
