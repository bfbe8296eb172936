using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Autograd;

/// <summary>Where the gradient of one tensor is summed while its tape runs backwards. To any other tape the tensor is a constant.</summary>
internal sealed class GradientSlot(Tape tape, bool watched)
{
    internal Tape Tape { get; } = tape;

    /// <summary>True for a tensor whose gradient was asked for, so that it is not recycled on the way.</summary>
    internal bool Watched { get; } = watched;

    /// <summary>The sum so far; null while nothing has arrived.</summary>
    internal Storage? Storage { get; set; }
}

/// <summary>The ops of one forward pass in the order in which they ran; their derivatives run in the opposite order.</summary>
internal sealed class Tape(Recorder recorder)
{
    private readonly List<(Op Op, Tensor[] Inputs, Tensor Output)> steps = [];

    internal GradientSlot NewSlot(bool watched = false) => new(this, watched);

    internal void Record(Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        foreach (var input in inputs)
            if (NeedsGradient(input))
            {
                output.Slot = NewSlot();
                steps.Add((op, inputs.ToArray(), output));
                return;
            }
    }

    internal void Backward(Tensor output, ReadOnlySpan<float> upstream)
    {
        if (output.Slot is not { } slot || slot.Tape != this)
            throw new InvalidOperationException("nothing trainable leads to this tensor: it was computed outside this recorder, or an earlier Backward has used up the tape (add the losses and go back once).");
        slot.Storage = recorder.Rent(output.Shape).Storage;
        upstream.CopyTo(slot.Storage.Span);
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            var (op, inputs, result) = steps[i];
            if (result.Slot!.Storage is not { } gradient)
                continue;
            op.Backward(new Derivative(recorder, this, inputs, result, gradient));
            if (!result.Slot.Watched)
                Release(result.Slot);
        }
        // What was computed on the used tape is a constant from here on.
        foreach (var (_, _, result) in steps)
            if (!result.Slot!.Watched)
                result.Slot = null;
        steps.Clear();
    }

    internal bool NeedsGradient(Tensor tensor) => tensor is Parameter parameter ? parameter.Trainable : tensor.Slot?.Tape == this;

    private static void Release(GradientSlot slot)
    {
        if (slot.Storage is not { } storage)
            return; // handed on to an input
        slot.Storage = null;
        if (--storage.Shares == 0)
            storage.Return();
    }
}

/// <summary>
/// What an op's derivative sees: its inputs x, its output y, the gradient dy that arrives from above, and where to put each dx.
/// </summary>
public readonly ref struct Derivative
{
    private readonly Recorder recorder;
    private readonly Tape tape;
    private readonly ReadOnlySpan<Tensor> inputs;
    private readonly Storage gradient;

    internal Derivative(Recorder recorder, Tape tape, ReadOnlySpan<Tensor> inputs, Tensor output, Storage gradient)
    {
        this.recorder = recorder;
        this.tape = tape;
        this.inputs = inputs;
        Output = output;
        this.gradient = gradient;
    }

    /// <summary>The op's output y.</summary>
    internal Tensor Output { get; }

    /// <summary>dy, of the output's shape.</summary>
    internal ReadOnlySpan<float> Gradient => gradient.Span;

    internal int InputCount => inputs.Length;

    /// <summary>The op's input x number <paramref name="i"/>.</summary>
    internal Tensor Input(int i) => inputs[i];

    /// <summary>Whether anybody wants dx of input <paramref name="i"/>.</summary>
    internal bool Wants(int i) => tape.NeedsGradient(inputs[i]);

    /// <summary>The memory for dx of input <paramref name="i"/>; <paramref name="accumulate"/> says whether to add to what is there or to overwrite it.</summary>
    internal Span<float> Into(int i, out bool accumulate)
    {
        if (inputs[i] is Parameter parameter)
            return parameter.GradientInto(out accumulate);
        var slot = inputs[i].Slot!;
        accumulate = slot.Storage is not null;
        if (slot.Storage is null)
            slot.Storage = recorder.Rent(inputs[i].Shape).Storage;
        else if (slot.Storage.Shares > 1)
        {
            var own = recorder.Rent(inputs[i].Shape).Storage;
            slot.Storage.Span.CopyTo(own.Span);
            slot.Storage.Shares--;
            slot.Storage = own;
        }
        return slot.Storage.Span;
    }

    /// <summary>
    /// Like <see cref="Into"/>, but where nobody else needs dy this is dy's own memory: the kernel reads an element of dy before it writes the same element of dx.
    /// </summary>
    internal Span<float> IntoElementwise(int i, out bool accumulate)
    {
        if (inputs[i] is Parameter || inputs[i].Slot is not { Storage: null } slot || inputs[i].Count != Output.Count || gradient.Shares > 1 || Output.Slot!.Watched)
            return Into(i, out accumulate);
        Output.Slot.Storage = null;
        slot.Storage = gradient;
        accumulate = false;
        return gradient.Span;
    }

    /// <summary>Memory of dy's shape for what a kernel computes from dy element by element on its way to dx: dy's own where nobody else needs it.</summary>
    internal Span<float> GradientScratch() => gradient.Shares > 1 || Output.Slot!.Watched ? recorder.Rent(Output.Shape).Data : gradient.Span;

    /// <summary>The memory for dx of input <paramref name="i"/>, to be added to: zeros where nothing has arrived yet.</summary>
    internal Span<float> IntoSum(int i)
    {
        var dx = Into(i, out bool accumulate);
        if (!accumulate)
            dx.Clear();
        return dx;
    }

    /// <summary>dx = dy unchanged (an addition, a reshape): shares dy's memory where nothing else has arrived.</summary>
    internal void Pass(int i)
    {
        if (!Wants(i))
            return;
        if (inputs[i] is not Parameter && inputs[i].Slot is { Storage: null } slot)
        {
            gradient.Shares++;
            slot.Storage = gradient;
            return;
        }
        var destination = Into(i, out bool accumulate);
        if (accumulate)
            Elementwise.AddInto(Gradient, destination);
        else
            Gradient.CopyTo(destination);
    }

    /// <summary>dx = dy, summed over the axes along which the input was broadcast.</summary>
    internal void PassReduced(int i)
    {
        if (!Wants(i))
            return;
        if (inputs[i].Shape == Output.Shape)
            Pass(i);
        else
            AddReduced(i, Gradient);
    }

    /// <summary>dx += g (of the output's shape), summed over the axes along which the input was broadcast.</summary>
    internal void AddReduced(int i, ReadOnlySpan<float> g)
    {
        var destination = Into(i, out bool accumulate);
        Broadcast.ReduceTo(g, Output.Shape.Lengths, destination, inputs[i].Shape.Lengths, accumulate);
    }
}
