using System.Numerics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// What one thread needs while it attends: a few tiles and packed keys, linear in the sequence length. Kept from call to
/// call, pinned and aligned to a cache line; the collector takes it back with the thread.
/// </summary>
internal unsafe ref struct AttentionScratch
{
    private const int LineFloats = 16;

    [ThreadStatic]
    private static float[]? buffer;

    private float* next;
    private readonly float* end;

    public AttentionScratch(long floats)
    {
        if (buffer is null || buffer.Length < floats + LineFloats)
            buffer = GC.AllocateUninitializedArray<float>(checked((int)BitOperations.RoundUpToPowerOf2((ulong)(floats + LineFloats))), pinned: true);
        fixed (float* first = buffer)
        {
            next = (float*)(((nuint)first + 63) & ~(nuint)63);
            end = first + buffer.Length;
        }
    }

    /// <summary>Bytes that the calling thread holds.</summary>
    public static long Bytes => (buffer?.Length ?? 0L) * sizeof(float);

    /// <summary>Floats that <see cref="Take"/> uses up: whole lines.</summary>
    public static long Room(long floats) => (floats + LineFloats - 1) / LineFloats * LineFloats;

    /// <summary>The next so many floats, on a line of their own.</summary>
    public float* Take(long floats)
    {
        var taken = next;
        next += Room(floats);
        if (next > end)
            throw new InvalidOperationException("Attention asks for more scratch than it reserved.");
        return taken;
    }
}
