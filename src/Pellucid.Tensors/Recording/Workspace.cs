using System.Runtime.InteropServices;
using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Recording;

/// <summary>
/// The lists of one recorder at a time: what it rented, and its tape. They stay with the thread and are used again, so that a step allocates none.
/// </summary>
internal sealed class Workspace
{
    [ThreadStatic]
    private static Stack<Workspace>? resting;

    private readonly Stack<Storage> spare = [];

    /// <summary>The memory of tensors and scratch in the order of renting; null for what went back early.</summary>
    internal List<Storage?> Rented { get; } = [];

    internal List<TapeStep> Steps { get; } = [];

    /// <summary>The inputs of all steps, one after the other.</summary>
    internal List<Tensor> Inputs { get; } = [];

    internal List<GradientSlot> Slots { get; } = [];

    // A recorder that nobody ended, on a thread that is gone: its blocks would be lost to the arena.
    ~Workspace()
    {
        foreach (var storage in Rented)
            storage?.Return();
        foreach (var slot in Slots)
            slot.Storage?.Return();
    }

    internal static Workspace Take() => resting is { Count: > 0 } ? resting.Pop() : new Workspace();

    /// <summary>Memory for a tensor or for scratch.</summary>
    internal Storage Rent(int length)
    {
        var storage = RentGradient(length);
        storage.Home = this;
        Rented.Add(storage);
        return storage;
    }

    /// <summary>A tensor of the gradient that a slot holds; the recorder keeps it from now on.</summary>
    internal Tensor Lend(Shape shape, Storage gradient)
    {
        if (gradient.Home is null)
        {
            gradient.Home = this;
            gradient.Shares++;
            Rented.Add(gradient);
        }
        return new Tensor(shape, gradient);
    }

    /// <summary>Memory for a gradient, which nobody but its slots knows.</summary>
    internal Storage RentGradient(int length) => spare.TryPop(out var storage) ? storage.Refill(length) : Storage.RentBlock(length);

    /// <summary>One owner less has this memory, a slot or the tape; the last gives it back.</summary>
    internal void Release(Storage storage)
    {
        if (--storage.Shares == 0)
            Return(storage);
    }

    /// <summary>Gives memory back; the storage serves another tensor soon.</summary>
    internal void Return(Storage storage)
    {
        if (storage.IsReturned)
            return;
        storage.Return();
        spare.Push(storage);
    }

    /// <summary>Gives back what was rented since the list had this length.</summary>
    internal void ReturnFrom(int count)
    {
        for (int i = count; i < Rented.Count; i++)
            if (Rented[i] is { } storage)
                Return(storage);
        Rented.RemoveRange(count, Rented.Count - count);
    }

    /// <summary>Gives back what is still rented, hands on what is to live longer, and rests until the next recorder.</summary>
    internal void End(Workspace? outer)
    {
        foreach (ref var slot in CollectionsMarshal.AsSpan(Slots))
            if (slot.Storage is { } gradient)
                Release(gradient);
        foreach (var storage in Rented)
            if (storage is { End: not StorageEnd.WithRecorder, IsReturned: false })
                HandOn(storage, outer);
            else if (storage is not null)
                Return(storage);
        Rented.Clear();
        Steps.Clear();
        Inputs.Clear();
        Slots.Clear();
        (resting ??= []).Push(this);
    }

    private static void HandOn(Storage storage, Workspace? outer)
    {
        if (outer is null || storage.End == StorageEnd.WithTensor)
        {
            storage.MoveToHeap();
            return;
        }
        (storage.End, storage.Home, storage.MadeBy, storage.FirstReadBy) = (StorageEnd.WithRecorder, outer, -1, -1);
        outer.Rented.Add(storage);
    }
}
