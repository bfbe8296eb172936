using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Copies strips of a matrix into panels: panel[k * width + lane], where a lane is a row of A or a column of B.
/// Panels of B are padded with zeros up to their width, so that the micro-kernel may load whole vectors; the lanes that
/// do not exist are never stored to C, so the padding cannot be seen.
/// </summary>
/// <remarks>
/// NoInlining: inlined into a large caller these exhaust the JIT's budget, the transposes inside become calls that pass
/// vectors through memory, and packing takes three times as long.
/// </remarks>
internal static unsafe class MatMulPacking
{
    // How far ahead of the reading the next lines are asked for: a stride defeats the hardware's own prefetching.
    private const int RowsAhead = 16;
    private const int FloatsAhead = 64;

    /// <summary>
    /// The source has the lanes side by side (A stored transposed, B stored plain): source[k * stride + lane]. As many
    /// panels as the lanes fill are written one after another, so that a long row is read at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void PackRows(float* source, nint stride, int lanes, int depth, float* panels, int width)
    {
        for (var k = 0; k < depth; k++)
        {
            var from = source + k * stride;
            var to = panels + k * width;
            var left = lanes;
            if (width == 32)
            {
                for (; left >= 32; left -= 32, from += 32, to += (nint)depth * 32)
                {
                    Vector512.Load(from).Store(to);
                    Vector512.Load(from + 16).Store(to + 16);
                    Prefetch(from + RowsAhead * stride);
                    Prefetch(from + RowsAhead * stride + 16);
                }
            }
            else if (width == 12)
            {
                for (; left >= 12; left -= 12, from += 12, to += (nint)depth * 12)
                {
                    Vector256.Load(from).Store(to);
                    Vector128.Load(from + 8).Store(to + 8);
                    Prefetch(from + RowsAhead * stride);
                }
            }
            else
            {
                for (; left >= width; left -= width, from += width, to += (nint)depth * width)
                {
                    Copy(from, to, width);
                }
            }

            if (left > 0)
            {
                Copy(from, to, left);
                for (var lane = left; lane < width; lane++)
                {
                    to[lane] = 0;
                }
            }
        }
    }

    /// <summary>The source has k side by side (A stored plain, B stored transposed): source[lane * stride + k]. One panel.</summary>
    /// <remarks>Panels of 12 are written in vectors of 16: what spills over is overwritten by the next k; nothing is written behind the panel, where another thread may be packing.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void PackColumns(float* source, nint stride, int lanes, int depth, float* panel, int width)
    {
        var done = 0;
        if (Avx512F.IsSupported && (width == 12 || width % 16 == 0))
        {
            done = depth / 16 * 16;
            for (var lane = 0; lane < width; lane += 16)
            {
                for (var k = 0; k < done; k += 16)
                {
                    Transpose16(source + lane * stride + k, stride, Math.Min(16, lanes - lane), panel + k * width + lane, width, width == 12 && k + 16 == depth);
                }
            }
        }

        if (done < depth)
        {
            PackColumnsByFour(source + done, stride, lanes, depth - done, panel + done * width, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void PackColumnsByFour(float* source, nint stride, int lanes, int depth, float* panel, int width)
    {
        var lane = 0;
        for (; lane + 4 <= lanes; lane += 4)
        {
            var from = source + lane * stride;
            var to = panel + lane;
            var k = 0;
            for (; k + 4 <= depth; k += 4)
            {
                Transpose4(from + k, stride, to, width);
                to += 4 * width;
            }

            for (; k < depth; k++)
            {
                to[0] = from[k];
                to[1] = from[k + stride];
                to[2] = from[k + 2 * stride];
                to[3] = from[k + 3 * stride];
                to += width;
            }
        }

        for (; lane < lanes; lane++)
        {
            var from = source + lane * stride;
            for (var k = 0; k < depth; k++)
            {
                panel[k * width + lane] = from[k];
            }
        }

        for (; lane < width; lane++)
        {
            for (var k = 0; k < depth; k++)
            {
                panel[k * width + lane] = 0;
            }
        }
    }

    /// <summary>A rectangle as it is, row by row.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void CopyRows(float* from, nint strideFrom, float* to, nint strideTo, int rows, int columns)
    {
        for (var i = 0; i < rows; i++)
        {
            Copy(from + i * strideFrom, to + i * strideTo, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count)
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Vector512.Load(from + i).Store(to + i);
        }

        for (; i + 4 <= count; i += 4)
        {
            Vector128.Load(from + i).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = from[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LoadAhead(float* from)
    {
        Prefetch(from + FloatsAhead);
        return Vector512.Load(from);
    }

    /// <summary>A hint only: the address may lie behind the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>16 lanes by 16 k; lanes that do not exist become zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16(float* from, nint stride, int lanes, float* to, nint width, bool endsWithTwelve)
    {
        var r0 = 0 < lanes ? LoadAhead(from) : Vector512<float>.Zero;
        var r1 = 1 < lanes ? LoadAhead(from + 1 * stride) : Vector512<float>.Zero;
        var r2 = 2 < lanes ? LoadAhead(from + 2 * stride) : Vector512<float>.Zero;
        var r3 = 3 < lanes ? LoadAhead(from + 3 * stride) : Vector512<float>.Zero;
        var r4 = 4 < lanes ? LoadAhead(from + 4 * stride) : Vector512<float>.Zero;
        var r5 = 5 < lanes ? LoadAhead(from + 5 * stride) : Vector512<float>.Zero;
        var r6 = 6 < lanes ? LoadAhead(from + 6 * stride) : Vector512<float>.Zero;
        var r7 = 7 < lanes ? LoadAhead(from + 7 * stride) : Vector512<float>.Zero;
        var r8 = 8 < lanes ? LoadAhead(from + 8 * stride) : Vector512<float>.Zero;
        var r9 = 9 < lanes ? LoadAhead(from + 9 * stride) : Vector512<float>.Zero;
        var r10 = 10 < lanes ? LoadAhead(from + 10 * stride) : Vector512<float>.Zero;
        var r11 = 11 < lanes ? LoadAhead(from + 11 * stride) : Vector512<float>.Zero;
        var r12 = 12 < lanes ? LoadAhead(from + 12 * stride) : Vector512<float>.Zero;
        var r13 = 13 < lanes ? LoadAhead(from + 13 * stride) : Vector512<float>.Zero;
        var r14 = 14 < lanes ? LoadAhead(from + 14 * stride) : Vector512<float>.Zero;
        var r15 = 15 < lanes ? LoadAhead(from + 15 * stride) : Vector512<float>.Zero;
        // Pairs of rows, then quads: each quarter q of u(4i+j) holds k = 4q + j of rows 4i..4i+3.
        (r0, r1, r2, r3) = TransposeQuarters(r0, r1, r2, r3);
        (r4, r5, r6, r7) = TransposeQuarters(r4, r5, r6, r7);
        (r8, r9, r10, r11) = TransposeQuarters(r8, r9, r10, r11);
        (r12, r13, r14, r15) = TransposeQuarters(r12, r13, r14, r15);
        // Then the quarters change places. Stored with k rising, see the remark on panels of 12.
        (r0, r4, r8, r12) = ExchangeQuarters(r0, r4, r8, r12);
        (r1, r5, r9, r13) = ExchangeQuarters(r1, r5, r9, r13);
        (r2, r6, r10, r14) = ExchangeQuarters(r2, r6, r10, r14);
        (r3, r7, r11, r15) = ExchangeQuarters(r3, r7, r11, r15);
        r0.Store(to);
        r1.Store(to + 1 * width);
        r2.Store(to + 2 * width);
        r3.Store(to + 3 * width);
        r4.Store(to + 4 * width);
        r5.Store(to + 5 * width);
        r6.Store(to + 6 * width);
        r7.Store(to + 7 * width);
        r8.Store(to + 8 * width);
        r9.Store(to + 9 * width);
        r10.Store(to + 10 * width);
        r11.Store(to + 11 * width);
        r12.Store(to + 12 * width);
        r13.Store(to + 13 * width);
        r14.Store(to + 14 * width);
        if (endsWithTwelve)
        {
            r15.GetLower().Store(to + 15 * width);
            r15.GetUpper().GetLower().Store(to + 15 * width + 8);
        }
        else
        {
            r15.Store(to + 15 * width);
        }
    }

    /// <summary>Transposes each 4 by 4 block: the quarter q of result j holds element 4q + j of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) TransposeQuarters(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var lowAB = Avx512F.UnpackLow(a, b).AsDouble();
        var highAB = Avx512F.UnpackHigh(a, b).AsDouble();
        var lowCD = Avx512F.UnpackLow(c, d).AsDouble();
        var highCD = Avx512F.UnpackHigh(c, d).AsDouble();
        return (
            Avx512F.UnpackLow(lowAB, lowCD).AsSingle(),
            Avx512F.UnpackHigh(lowAB, lowCD).AsSingle(),
            Avx512F.UnpackLow(highAB, highCD).AsSingle(),
            Avx512F.UnpackHigh(highAB, highCD).AsSingle());
    }

    /// <summary>Result q is the four quarters q of the inputs, one behind the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float>, Vector512<float>, Vector512<float>, Vector512<float>) ExchangeQuarters(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var lowAB = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00); // a0 a1 b0 b1
        var highAB = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10); // a2 a3 b2 b3
        var lowCD = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        var highCD = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        return (
            Avx512F.Shuffle4x128(lowAB, lowCD, 0b10_00_10_00), // a0 b0 c0 d0
            Avx512F.Shuffle4x128(lowAB, lowCD, 0b11_01_11_01),
            Avx512F.Shuffle4x128(highAB, highCD, 0b10_00_10_00),
            Avx512F.Shuffle4x128(highAB, highCD, 0b11_01_11_01));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* from, nint stride, float* to, nint width)
    {
        if (Sse.IsSupported)
        {
            var r0 = Vector128.Load(from);
            var r1 = Vector128.Load(from + stride);
            var r2 = Vector128.Load(from + 2 * stride);
            var r3 = Vector128.Load(from + 3 * stride);
            var low01 = Sse.UnpackLow(r0, r1); // 00 10 01 11
            var low23 = Sse.UnpackLow(r2, r3);
            var high01 = Sse.UnpackHigh(r0, r1);
            var high23 = Sse.UnpackHigh(r2, r3);
            Sse.MoveLowToHigh(low01, low23).Store(to);
            Sse.MoveHighToLow(low23, low01).Store(to + width);
            Sse.MoveLowToHigh(high01, high23).Store(to + 2 * width);
            Sse.MoveHighToLow(high23, high01).Store(to + 3 * width);
        }
        else if (AdvSimd.Arm64.IsSupported)
        {
            var r0 = Vector128.Load(from);
            var r1 = Vector128.Load(from + stride);
            var r2 = Vector128.Load(from + 2 * stride);
            var r3 = Vector128.Load(from + 3 * stride);
            var even = AdvSimd.Arm64.ZipLow(r0, r2); // 00 20 01 21
            var odd = AdvSimd.Arm64.ZipLow(r1, r3);
            var even2 = AdvSimd.Arm64.ZipHigh(r0, r2);
            var odd2 = AdvSimd.Arm64.ZipHigh(r1, r3);
            AdvSimd.Arm64.ZipLow(even, odd).Store(to);
            AdvSimd.Arm64.ZipHigh(even, odd).Store(to + width);
            AdvSimd.Arm64.ZipLow(even2, odd2).Store(to + 2 * width);
            AdvSimd.Arm64.ZipHigh(even2, odd2).Store(to + 3 * width);
        }
        else
        {
            for (var k = 0; k < 4; k++)
            {
                for (var lane = 0; lane < 4; lane++)
                {
                    to[k * width + lane] = from[lane * stride + k];
                }
            }
        }
    }
}
