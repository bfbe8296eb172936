namespace Pellucid.Tensors;

/// <summary>
/// The memory of tensors whose end is known, those of a <see cref="Recording.Recorder"/>: blocks cut from few large pinned arrays, of exactly the size that is
/// wanted (to 4 KB), joined with their free neighbours when they come back. Steps of changing shapes therefore fit into what the largest of them needed.
/// </summary>
/// <remarks>
/// Best fit: the smallest free block that is large enough. Untouched memory at the end of an array is used last, and what was never touched
/// is not resident. The arrays are pinned and hold no references: the collector neither moves nor scans them.
/// </remarks>
internal sealed class Arena
{
    /// <summary>Floats in the smallest block: 65 cache lines, so that neighbouring blocks do not begin at the same place of their pages (which slows passes over several of them).</summary>
    internal const int Grain = 65 * 16;

    private const int SmallestSlab = 16 << 20, LargestExtraSlab = 256 << 20;

    private readonly Lock gate = new();
    private readonly List<Block> slabs = [];
    private readonly Stack<Block> spare = [];
    private Block? free;
    private long capacity, inUse, peak;

    /// <summary>Where every recorder's tensors lie.</summary>
    internal static Arena Shared { get; } = new();

    /// <summary>Bytes of all arrays, used or not.</summary>
    internal long Capacity => Interlocked.Read(ref capacity);

    /// <summary>Bytes that are given out at present.</summary>
    internal long InUse => Interlocked.Read(ref inUse);

    /// <summary>The most bytes that were given out at one time since <see cref="ResetPeak"/>.</summary>
    internal long Peak => Interlocked.Read(ref peak);

    internal void ResetPeak() => Interlocked.Exchange(ref peak, InUse);

    /// <summary>Uninitialised memory for this many floats, 64-byte aligned.</summary>
    internal Block Rent(int length)
    {
        int wanted = checked((int)(((long)Math.Max(length, 1) + Grain - 1) / Grain * Grain));
        lock (gate)
        {
            var block = Best(wanted) ?? Grow(wanted);
            Unlink(block);
            if (block.Length > wanted)
                Split(block, wanted);
            inUse += Bytes(block.Length);
            peak = Math.Max(peak, inUse);
            return block;
        }
    }

    internal void Return(Block block)
    {
        lock (gate)
        {
            if (block.IsFree)
                throw new InvalidOperationException("a block of memory came back twice.");
            inUse -= Bytes(block.Length);
            if (block.After is { IsFree: true } after)
            {
                Unlink(after);
                Join(block, after);
            }
            if (block.Before is { IsFree: true } before)
            {
                Unlink(before);
                Join(before, block);
                block = before;
            }
            Link(block);
        }
    }

    /// <summary>Leaves arrays in which nothing lies to the garbage collector.</summary>
    internal void Trim()
    {
        lock (gate)
            DropEmpty();
    }

    private Block? Best(int wanted)
    {
        Block? best = null;
        for (var block = free; block is not null; block = block.NextFree)
            if (block.Length >= wanted && (best is null || block.Length < best.Length))
                best = block;
        return best;
    }

    /// <summary>A new array of a quarter of what there is, at least as large as wanted; arrays in which nothing lies any more go first.</summary>
    private Block Grow(int wanted)
    {
        DropEmpty();
        long comfortable = Math.Max(wanted, Math.Clamp(capacity / 4, SmallestSlab, LargestExtraSlab) / sizeof(float) / Grain * Grain);
        Block slab;
        try
        {
            slab = NewSlab((int)comfortable);
        }
        catch (OutOfMemoryException) when (comfortable > wanted)
        {
            slab = NewSlab(wanted);
        }
        slabs.Add(slab);
        capacity += Bytes(slab.Length);
        Link(slab);
        return slab;
    }

    private void DropEmpty()
    {
        for (int i = slabs.Count - 1; i >= 0; i--)
            if (slabs[i] is { IsFree: true, After: null } empty)
            {
                Unlink(empty);
                capacity -= Bytes(empty.Length);
                slabs.RemoveAt(i);
            }
    }

    private static unsafe Block NewSlab(int length)
    {
        const int LineFloats = BufferPool.Alignment / sizeof(float);
        float[] array = GC.AllocateUninitializedArray<float>(length + LineFloats, pinned: true);
        fixed (float* start = array)
            return new Block { Slab = array, Start = (int)((BufferPool.Alignment - (nuint)start % BufferPool.Alignment) % BufferPool.Alignment / sizeof(float)), Length = length };
    }

    private void Split(Block block, int wanted)
    {
        var rest = spare.TryPop(out var reused) ? reused : new Block();
        (rest.Slab, rest.Start, rest.Length) = (block.Slab, block.Start + wanted, block.Length - wanted);
        (rest.Before, rest.After) = (block, block.After);
        if (rest.After is { } after)
            after.Before = rest;
        block.After = rest;
        block.Length = wanted;
        Link(rest);
    }

    private void Join(Block block, Block after)
    {
        block.Length += after.Length;
        block.After = after.After;
        if (block.After is { } next)
            next.Before = block;
        (after.Slab, after.Before, after.After) = (null!, null, null);
        spare.Push(after);
    }

    private void Link(Block block)
    {
        (block.IsFree, block.PreviousFree, block.NextFree) = (true, null, free);
        if (free is not null)
            free.PreviousFree = block;
        free = block;
    }

    private void Unlink(Block block)
    {
        if (block.PreviousFree is { } previous)
            previous.NextFree = block.NextFree;
        else
            free = block.NextFree;
        if (block.NextFree is { } next)
            next.PreviousFree = block.PreviousFree;
        (block.IsFree, block.PreviousFree, block.NextFree) = (false, null, null);
    }

    private static long Bytes(int floats) => (long)floats * sizeof(float);

    /// <summary>A part of an array: free, or given out.</summary>
    internal sealed class Block
    {
        internal float[] Slab = null!;
        internal int Start, Length;
        internal bool IsFree;

        // Neighbours in the array, and in the list of free blocks.
        internal Block? Before, After, PreviousFree, NextFree;
    }
}
