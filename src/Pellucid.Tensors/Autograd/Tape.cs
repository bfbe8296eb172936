using System.Runtime.InteropServices;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Autograd;

/// <summary>The ops of one forward pass in the order in which they ran; their derivatives run in the opposite order.</summary>
internal sealed class Tape(Workspace workspace)
{
    private List<TapeStep> Steps => workspace.Steps;

    private Span<GradientSlot> Slots => CollectionsMarshal.AsSpan(workspace.Slots);

    /// <summary>True while a Backward runs that gives memory back as soon as its last reader is done.</summary>
    internal bool IsReleasing { get; private set; }

    /// <summary>True when its recorder has: no gradient is summed here any more.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>The step whose derivative is running.</summary>
    internal int Running { get; private set; }

    /// <summary>Makes the tensor one whose gradient is summed here. To any other tape it is a constant.</summary>
    internal void AddSlot(Tensor tensor, bool watched = false)
    {
        (tensor.Tape, tensor.Slot) = (this, workspace.Slots.Count);
        workspace.Slots.Add(new GradientSlot { Watched = watched });
    }

    internal void End() => HasEnded = true;

    /// <summary>Is told of every derivative that has run; null for nobody.</summary>
    internal Action<Op, Derivative>? Differentiated { get; set; }

    internal ref GradientSlot SlotOf(Tensor tensor) => ref Slots[tensor.Slot];

    /// <param name="firstRented">Where in the workspace's list the memory begins that the op has rented.</param>
    internal void Record(Op op, ReadOnlySpan<Tensor> inputs, Tensor output, int firstRented)
    {
        bool isNeeded = false;
        foreach (var input in inputs)
            isNeeded |= NeedsGradient(input);
        if (!isNeeded)
            return;
        foreach (var input in inputs)
            if (input.Tape == this && input.Storage.Home == workspace && input.Storage.FirstReadBy < 0)
                input.Storage.FirstReadBy = Steps.Count;
        AddSlot(output);
        if (workspace.Rented.Count > firstRented && output.Storage.MadeBy < 0)
            output.Storage.MadeBy = Steps.Count;
        Steps.Add(new TapeStep(op, output, workspace.Inputs.Count, inputs.Length, firstRented, workspace.Rented.Count));
        workspace.Inputs.AddRange(inputs);
    }

    /// <param name="release">Gives every tensor's memory back when the derivatives of all its readers, and its own, have run. The output's stays.</param>
    internal void Backward(Tensor output, ReadOnlySpan<float> upstream, bool release)
    {
        if (output.Tape != this)
            throw new InvalidOperationException("nothing trainable leads to this tensor: it was computed outside this recorder, or an earlier Backward has used up the tape (add the losses and go back once).");
        Begin(ref SlotOf(output), upstream);
        IsReleasing = release;
        try
        {
            for (Running = Steps.Count - 1; Running >= 0; Running--)
                Differentiate(Steps[Running], output);
        }
        finally
        {
            IsReleasing = false;
            UseUp();
        }
    }

    /// <summary>What arrives from above; a watched tensor may hold a sum of an earlier Backward, to which it is added.</summary>
    private void Begin(ref GradientSlot slot, ReadOnlySpan<float> upstream)
    {
        var sum = workspace.RentGradient(upstream.Length);
        upstream.CopyTo(sum.Span);
        if (slot.Storage is { } earlier)
        {
            Elementwise.AddInto(earlier.Span, sum.Span);
            workspace.Release(earlier);
        }
        slot.Storage = sum;
    }

    /// <summary>What was computed on the used tape is a constant from here on; so is what a failed Backward leaves behind.</summary>
    private void UseUp()
    {
        foreach (var step in Steps)
            if (step.Output.Tape == this && !SlotOf(step.Output).Watched)
                step.Output.Tape = null;
        Steps.Clear();
        workspace.Inputs.Clear();
    }

    internal bool NeedsGradient(Tensor tensor) => tensor is Parameter parameter ? parameter.Trainable : tensor.Tape == this;

    /// <summary>Whether x of a running step may be overwritten by dx: no derivative that is still to run reads it, nor may anybody else.</summary>
    internal bool IsLastUse(Tensor x) =>
        IsReleasing && x.Storage is { MadeBy: >= 0 and var maker, End: StorageEnd.WithRecorder } storage
        && storage.Home == workspace && storage.FirstReadBy == Running && !Steps[maker].Op.ReadsOutput && !SlotOf(x).Watched;

    private void Differentiate(in TapeStep step, Tensor root)
    {
        if (SlotOf(step.Output).Storage is { } gradient)
        {
            int scratch = workspace.Rented.Count;
            var inputs = CollectionsMarshal.AsSpan(workspace.Inputs).Slice(step.FirstInput, step.InputCount);
            var derivative = new Derivative(workspace, this, inputs, step.Output, gradient);
            step.Op.Backward(derivative);
            Differentiated?.Invoke(step.Op, derivative);
            workspace.ReturnFrom(scratch);
            ref var slot = ref SlotOf(step.Output);
            if (!slot.Watched)
            {
                slot.Storage = null;
                workspace.Release(gradient);
            }
        }
        if (IsReleasing)
            Release(step, root);
    }

    private void Release(in TapeStep step, Tensor root)
    {
        var made = CollectionsMarshal.AsSpan(workspace.Rented)[step.FirstRented..step.EndRented];
        foreach (ref var storage in made)
        {
            if (storage is not { End: StorageEnd.WithRecorder } || storage == root.Storage || (storage == step.Output.Storage && SlotOf(step.Output).Watched))
                continue;
            workspace.Release(storage);
            storage = null;
        }
    }
}

/// <summary>Where the gradient of one tensor is summed while its tape runs backwards.</summary>
internal struct GradientSlot
{
    /// <summary>True for a tensor whose gradient was asked for, so that it is not recycled on the way.</summary>
    internal bool Watched;

    /// <summary>The sum so far; null while nothing has arrived.</summary>
    internal Storage? Storage;
}

/// <summary>One op that ran: its inputs and the memory it rented are ranges of the workspace's lists.</summary>
internal readonly record struct TapeStep(Op Op, Tensor Output, int FirstInput, int InputCount, int FirstRented, int EndRented);
