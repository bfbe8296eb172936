using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pellucid.Tensors;

/// <summary>
/// The memory of one tensor: float32, 64-byte aligned inside a pinned array.
/// What a <see cref="Recording.Recorder"/> rented goes back to the <see cref="Arena"/> when its last reader is done or the recorder ends; reading it after that is an error, never stale data.
/// A deferred storage holds nothing until somebody asks for its values: they are zeros, or those of a weight that is kept in packed form.
/// </summary>
internal sealed class Storage
{
    private float[]? buffer;
    private Arena.Block? block;
    private int offset;
    private int length;
    private readonly bool deferred;
    private readonly PackedWeight? packed;

    private Storage(int length, PackedWeight? packed) => (this.length, this.packed, deferred) = (length, packed, true);

    private Storage()
    {
    }

    /// <summary>How many owners this memory has: the tape for a tensor, and each gradient slot. A shared gradient is copied before it is added to; the last owner returns it.</summary>
    internal int Shares { get; set; } = 1;

    /// <summary>Grows with every return: a tensor of an earlier generation has lost its memory, even if this storage serves another tensor now.</summary>
    internal int Generation { get; private set; }

    /// <summary>How long it lives.</summary>
    internal StorageEnd End { get; set; }

    /// <summary>The recorder's lists that it is in, when a tensor refers to it; null for a gradient that only slots know, and for what the collector owns.</summary>
    internal Recording.Workspace? Home { get; set; }

    /// <summary>The step of the tape that made this memory, or -1; and the first step that reads it, which is the last to do so on the way back.</summary>
    internal int MadeBy { get; set; } = -1;

    internal int FirstReadBy { get; set; } = -1;

    /// <summary>The most floats one storage can hold: what an array can, less the room to align it.</summary>
    internal static int MaxLength => Array.MaxLength - BufferPool.Alignment - Arena.Grain;

    internal bool IsReturned => buffer is null && !deferred;

    internal Span<float> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            // Volatile: the offset of a buffer that another thread has just filled must not be read too early.
            var held = Volatile.Read(ref buffer) ?? Fill();
            return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(held), offset), length);
        }
    }

    /// <summary>The memory of a tensor that was made when the storage had this generation.</summary>
    /// <exception cref="ObjectDisposedException">The memory has been returned since.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<float> SpanOf(int generation)
    {
        if (generation != Generation)
            ThrowReturned();
        return Span;
    }

    /// <summary>False while a deferred storage is empty.</summary>
    internal bool HoldsValues => buffer is not null;

    /// <summary>Memory that the garbage collector owns.</summary>
    internal static Storage Allocate(int length) => new Storage().Wrap(BufferPool.New(BufferPool.Capacity(length)), length);

    /// <summary>Memory from the pool of arrays; lost to the pool, but not leaked, when nobody returns it.</summary>
    internal static Storage Rent(int length) => new Storage().Wrap(BufferPool.Rent(length), length);

    /// <summary>Memory from the arena, which must be returned.</summary>
    internal static Storage RentBlock(int length) => new Storage().Refill(length);

    /// <summary>Gives a returned storage new memory from the arena: its owner uses it again.</summary>
    internal Storage Refill(int length)
    {
        block = Arena.Shared.Rent(length);
        (buffer, offset, this.length) = (block.Slab, block.Start, length);
        (Shares, End, Home, MadeBy, FirstReadBy) = (1, StorageEnd.WithRecorder, null, -1, -1);
        return this;
    }

    internal void Return()
    {
        if (buffer is null)
            return;
        if (block is not null)
            Arena.Shared.Return(block);
        else
            BufferPool.Return(buffer);
        (buffer, block) = (null, null);
        Generation++;
    }

    /// <summary>Moves the values into memory that the garbage collector owns.</summary>
    internal void MoveToHeap()
    {
        if (block is not { } before)
            return;
        var values = Span;
        Wrap(BufferPool.New(BufferPool.Capacity(length)), length);
        values.CopyTo(Span);
        Arena.Shared.Return(before);
        (block, Home) = (null, null);
    }

    /// <summary>Deferred: the values of a packed weight.</summary>
    internal static Storage Of(PackedWeight packed) => new(packed.Outputs * packed.Inputs, packed);

    /// <summary>Deferred: zeros.</summary>
    internal static Storage Zeros(int length) => new(length, packed: null);

    private Storage Wrap(float[] array, int count)
    {
        (buffer, offset, length) = (array, Offset(array), count);
        return this;
    }

    private static unsafe int Offset(float[] buffer)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
        return (int)((BufferPool.Alignment - address % BufferPool.Alignment) % BufferPool.Alignment / sizeof(float));
    }

    private float[] Fill()
    {
        if (!deferred)
            ThrowReturned();
        lock (this)
        {
            if (buffer is { } filled)
                return filled;
            float[] values = BufferPool.New(BufferPool.Capacity(length));
            offset = Offset(values);
            var span = values.AsSpan(offset, length);
            if (packed is null)
                span.Clear();
            else
                packed.CopyTo(span);
            Volatile.Write(ref buffer, values);
            return values;
        }
    }

    private static void ThrowReturned() => throw new ObjectDisposedException(
        nameof(Tensor), "this tensor was made inside a Recorder that has ended, or whose Backward gave its memory back, and its memory is in use again. Call recorder.Keep(tensor) before, or read the values while they live.");
}

/// <summary>How long the memory of a recorder's tensor lives.</summary>
internal enum StorageEnd : byte
{
    /// <summary>Until the recorder ends, or a releasing Backward is done with it.</summary>
    WithRecorder,

    /// <summary>As long as the recorder outside.</summary>
    WithOuter,

    /// <summary>As long as somebody refers to it.</summary>
    WithTensor,
}

/// <summary>Arrays for memory without a known end, such as a growing cache: whoever forgets to return one leaves it to the garbage collector.</summary>
internal static class BufferPool
{
    internal const int Alignment = 64;
    private static readonly Stack<float[]>[] Free = Make();
    private static long idle;

    /// <summary>Bytes that lie ready in the pool.</summary>
    internal static long IdleBytes => Interlocked.Read(ref idle);

    /// <summary>A buffer of at least this length: one of its size class, else the next larger one up to twice the size, else a new one.</summary>
    internal static float[] Rent(int length)
    {
        int capacity = Capacity(length);
        for (long fitting = capacity; fitting <= Math.Min(2L * capacity, Storage.MaxLength); fitting = NextCapacity((int)fitting))
        {
            var stack = Free[ClassOf((int)fitting)];
            lock (stack)
                if (stack.TryPop(out float[]? buffer))
                {
                    Interlocked.Add(ref idle, -(long)buffer.Length * sizeof(float));
                    return buffer;
                }
        }
        return New(capacity);
    }

    internal static void Return(float[] buffer)
    {
        var stack = Free[ClassOf(buffer.Length - Alignment / sizeof(float))];
        lock (stack)
            stack.Push(buffer);
        Interlocked.Add(ref idle, (long)buffer.Length * sizeof(float));
    }

    /// <summary>Gives what lies ready to the garbage collector, so that the memory of what comes next can be measured by itself.</summary>
    internal static void Clear()
    {
        foreach (var stack in Free)
            lock (stack)
                while (stack.TryPop(out float[]? buffer))
                    Interlocked.Add(ref idle, -(long)buffer.Length * sizeof(float));
    }

    internal static float[] New(int capacity) => GC.AllocateUninitializedArray<float>(capacity + Alignment / sizeof(float), pinned: true);

    /// <summary>Rounds up to an eighth of the power of two below, so that batches of nearly equal size share buffers and at most 12.5 % is wasted.</summary>
    internal static int Capacity(int length)
    {
        int shift = Shift(length);
        long capacity = ((long)Math.Max(length, 1) + (1L << shift) - 1) >> shift << shift;
        return (int)Math.Min(capacity, Storage.MaxLength);
    }

    /// <summary>The capacity of the next larger size class; beyond <see cref="Storage.MaxLength"/> behind the last one.</summary>
    internal static long NextCapacity(int capacity) => capacity + (1L << Shift(capacity));

    private static int Shift(int length) => Math.Max(4, System.Numerics.BitOperations.Log2((uint)Math.Max(length, 1)) - 3);

    private static int ClassOf(int capacity)
    {
        int shift = Shift(capacity);
        return shift * 16 + Math.Min(capacity >> shift, 15);
    }

    private static Stack<float[]>[] Make()
    {
        var stacks = new Stack<float[]>[32 * 16];
        for (int i = 0; i < stacks.Length; i++)
            stacks[i] = new Stack<float[]>();
        return stacks;
    }
}
