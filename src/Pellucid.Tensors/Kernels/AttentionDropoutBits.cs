using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The <see cref="DropoutMask"/> of a run of neighbouring probabilities, drawn at once: rows of few keys share a group,
/// and rows that begin inside a group are as fast as any.
/// </summary>
internal unsafe struct AttentionDropoutBits(ulong key, float p, float* bits)
{
    // A few rows of few keys, or one row of many.
    private const int Batch = 4096;

    private readonly Vector512<uint> threshold = Vector512.Create(DropoutMask.Threshold(p));
    private readonly Vector512<float> factor = Lanes.Set(DropoutMask.Factor(p));
    private ulong origin;

    /// <summary>Floats of scratch for rows of n: both ends of a run may lie inside a group, and sixteen bits are read at any element.</summary>
    public static long Room(long n) => (Math.Max(Batch, n) + 2 * DropoutMask.GroupElements) / 32 + 1;

    /// <summary>How many rows of n to draw for at once.</summary>
    public static int Rows(int n) => Math.Max(1, Batch / Math.Max(1, n));

    /// <summary>Draws for elements first .. first + n - 1.</summary>
    public void Draw(ulong first, long n)
    {
        const int Size = DropoutMask.GroupElements;
        origin = first / Size * Size;
        ulong last = first + (ulong)n;
        ushort* to = (ushort*)bits;
        for (ulong group = origin / Size; group * Size < last; group++, to += Size / 16) DropoutMask.Group(key, group, threshold, to);
    }

    /// <summary>Sixteen probabilities, or their gradients, from an element that was drawn for: scaled where kept, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> Keep(Vector512<float> x, ulong element) => (x * factor) & DropoutMask.Lanes16(bits, (long)(element - origin));

    /// <summary>A row of n in place; n is rounded up to whole vectors.</summary>
    public readonly void Apply(float* x, int n, ulong element)
    {
        for (int s = 0; s < n; s += Lanes.Width) Keep(Lanes.Load(x + s), element + (ulong)s).Store(x + s);
    }
}
