namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Packing buffers, one set per thread, kept from call to call. Pinned and aligned to a cache line; the collector takes
/// them back with the thread.
/// </summary>
internal static unsafe class MatMulScratch
{
    // One line to align the start, one behind the end for packing that writes whole vectors.
    private const int SpareFloats = 32;

    [ThreadStatic]
    private static float[]? shared;

    [ThreadStatic]
    private static float[]? local;

    /// <summary>For what the caller packs and all threads read.</summary>
    public static float* Shared(long floats) => Take(ref shared, floats);

    /// <summary>For what one chunk packs for itself.</summary>
    public static float* Local(long floats) => Take(ref local, floats);

    /// <summary>The first aligned float of a pinned array with <see cref="SpareFloats"/> to spare.</summary>
    public static float* Align(float[] pinned)
    {
        fixed (float* first = pinned)
        {
            return (float*)(((nuint)first + 63) & ~(nuint)63);
        }
    }

    public static float[] Allocate(long floats) =>
        GC.AllocateUninitializedArray<float>(checked((int)(floats + SpareFloats)), pinned: true);

    private static float* Take(ref float[]? buffer, long floats)
    {
        if (buffer is null || buffer.Length < floats + SpareFloats)
        {
            buffer = Allocate(floats);
        }

        return Align(buffer);
    }
}
