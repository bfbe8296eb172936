using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Symmetric 8-bit quantisation of a row: scale = max |x| / 127, q = round(x · (127 / max |x|)), ties to even, so that x ≈ scale · q and |q| ≤ 127.
/// A row of zeros (or of numbers so small that 127 / max overflows) has scale 0; a row with a number that is not finite has scale NaN, and so has what is computed from it.
/// </summary>
internal static unsafe class Int8Rows
{
    /// <summary>Numbers that are summed into one element of a 32-bit sum at most: 127 · 127 · 2^17 &lt; 2^31.</summary>
    public const int MaxDepth = 1 << 17;

    // Adding 1.5 · 2^23 leaves the integer nearest to a small number, ties to even, in the low bits of the sum.
    private const float Rounder = 12582912f;
    private const int RounderBits = 0x4B400000;

    /// <summary>The scale of a row, and what to multiply with before rounding (0 when every q is 0).</summary>
    public static float Scale(float* x, int n, out float inverse)
    {
        var most = Vector512<int>.Zero;
        var i = 0;
        for (; i <= n - 16; i += 16)
        {
            most = Vector512.Max(most, Vector512.Load((int*)x + i) & Vector512.Create(0x7FFFFFFF));
        }

        // As integers, magnitudes are ordered as they are as numbers, with infinity and then NaN above all.
        var bits = 0;
        for (var lane = 0; lane < 16; lane++)
        {
            bits = Math.Max(bits, most[lane]);
        }

        for (; i < n; i++)
        {
            bits = Math.Max(bits, *((int*)x + i) & 0x7FFFFFFF);
        }

        inverse = 0;
        var largest = BitConverter.Int32BitsToSingle(bits);
        if (!float.IsFinite(largest))
        {
            return float.NaN;
        }

        var factor = 127 / largest;
        if (!float.IsFinite(factor))
        {
            return 0;
        }

        inverse = factor;
        return largest / 127;
    }

    /// <summary>
    /// q of the row in groups of four, zeros behind the end; group g begins at to + g * stride (in bytes). As 16-bit numbers, or q + 128 as unsigned bytes.
    /// </summary>
    /// <param name="inverse">What <see cref="Scale"/> gave; 0 makes every q 0, whatever the row holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Quantize(float* x, int n, float inverse, byte* to, nint stride, bool asBytes)
    {
        const int Block = 32;
        var rounded = stackalloc short[Block];
        var rest = stackalloc float[Block];
        var times = Vector512.Create(inverse);
        for (var start = 0; start < n; start += Block)
        {
            var from = x + start;
            var count = Math.Min(Block, n - start);
            if (count < Block || inverse == 0)
            {
                new Span<float>(rest, Block).Clear();
                new Span<float>(from, inverse == 0 ? 0 : count).CopyTo(new Span<float>(rest, Block));
                from = rest;
            }

            var low = (Vector512.Load(from) * times + Vector512.Create(Rounder)).AsInt32() - Vector512.Create(RounderBits);
            var high = (Vector512.Load(from + 16) * times + Vector512.Create(Rounder)).AsInt32() - Vector512.Create(RounderBits);
            Vector512.Narrow(low, high).Store(rounded);
            for (var q = rounded; q < rounded + count; q += 4, to += stride)
            {
                if (asBytes)
                {
                    *(uint*)to = (uint)(q[0] + 128 | q[1] + 128 << 8 | q[2] + 128 << 16 | q[3] + 128 << 24);
                }
                else
                {
                    *(long*)to = *(long*)q;
                }
            }
        }
    }
}
