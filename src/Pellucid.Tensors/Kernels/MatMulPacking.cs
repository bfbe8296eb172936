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
internal static unsafe class MatMulPacking
{
    /// <summary>The source has the lanes side by side (A stored transposed, B stored plain): source[k * stride + lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRows(float* source, nint stride, int lanes, int depth, float* panel, int width)
    {
        for (var k = 0; k < depth; k++)
        {
            var lane = 0;
            for (; lane + 16 <= lanes; lane += 16)
            {
                Vector512.Load(source + lane).Store(panel + lane);
            }

            for (; lane + 4 <= lanes; lane += 4)
            {
                Vector128.Load(source + lane).Store(panel + lane);
            }

            for (; lane < lanes; lane++)
            {
                panel[lane] = source[lane];
            }

            for (; lane < width; lane++)
            {
                panel[lane] = 0;
            }

            source += stride;
            panel += width;
        }
    }

    /// <summary>The source has k side by side (A stored plain, B stored transposed): source[lane * stride + k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackColumns(float* source, nint stride, int lanes, int depth, float* panel, int width)
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
