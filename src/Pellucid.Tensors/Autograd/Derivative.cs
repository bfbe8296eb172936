using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Autograd;

/// <summary>
/// What an op's derivative sees: its inputs x, its output y, the gradient dy that arrives from above, and where to put each dx.
/// </summary>
public readonly ref struct Derivative
{
    private readonly Workspace workspace;
    private readonly Tape tape;
    private readonly ReadOnlySpan<Tensor> inputs;
    private readonly Storage gradient;

    internal Derivative(Workspace workspace, Tape tape, ReadOnlySpan<Tensor> inputs, Tensor output, Storage gradient)
    {
        this.workspace = workspace;
        this.tape = tape;
        this.inputs = inputs;
        Output = output;
        this.gradient = gradient;
    }

    /// <summary>The op's output y.</summary>
    public Tensor Output { get; }

    /// <summary>dy, of the output's shape.</summary>
    internal ReadOnlySpan<float> Gradient => gradient.Span;

    /// <summary>The number of inputs.</summary>
    public int InputCount => inputs.Length;

    /// <summary>The op's input x number <paramref name="i"/>.</summary>
    public Tensor Input(int i) => inputs[i];

    /// <summary>Whether anybody wants dx of input <paramref name="i"/>.</summary>
    public bool Wants(int i) => tape.NeedsGradient(inputs[i]);

    /// <summary>What has arrived of the gradient of input <paramref name="i"/> so far, of its shape; empty where nobody wants it or nothing has come.</summary>
    public ReadOnlySpan<float> GradientOf(int i)
    {
        if (!Wants(i))
            return [];
        if (inputs[i] is Parameter parameter)
            return parameter.HasGradient ? parameter.Gradient.Values : [];
        return tape.SlotOf(inputs[i]).Storage is { } storage ? storage.Span : [];
    }

    /// <summary>The memory for dx of input <paramref name="i"/>; <paramref name="accumulate"/> says whether to add to what is there or to overwrite it.</summary>
    internal Span<float> Into(int i, out bool accumulate)
    {
        if (inputs[i] is Parameter parameter)
            return parameter.GradientInto(out accumulate);
        ref var slot = ref tape.SlotOf(inputs[i]);
        accumulate = slot.Storage is not null;
        if (slot.Storage is null)
            slot.Storage = workspace.RentGradient(inputs[i].Count);
        else if (slot.Storage.Shares > 1)
        {
            var own = workspace.RentGradient(inputs[i].Count);
            slot.Storage.Span.CopyTo(own.Span);
            slot.Storage.Shares--;
            slot.Storage = own;
        }
        return slot.Storage.Span;
    }

    /// <summary>The memory for dx of input <paramref name="i"/>, to be added to: zeros where nothing has arrived yet.</summary>
    internal Span<float> IntoSum(int i)
    {
        var dx = Into(i, out bool accumulate);
        if (!accumulate)
            dx.Clear();
        return dx;
    }

    /// <summary>
    /// As <see cref="Into"/>, but where nobody else needs dy this is dy's own memory: the kernel reads an element of dy before it writes the same element of dx.
    /// </summary>
    internal Span<float> IntoElementwise(int i, out bool accumulate)
    {
        if (inputs[i] is Parameter || tape.SlotOf(inputs[i]).Storage is not null || inputs[i].Count != Output.Count || gradient.Shares > 1 || tape.SlotOf(Output).Watched)
            return Into(i, out accumulate);
        accumulate = false;
        Share(i, gradient);
        return gradient.Span;
    }

    /// <summary>Memory of dy's shape for what a kernel computes from dy element by element on its way to dx: dy's own where nobody else needs it.</summary>
    internal Span<float> GradientScratch() => gradient.Shares > 1 || tape.SlotOf(Output).Watched ? workspace.Rent(Output.Count).Span : gradient.Span;

    /// <summary>
    /// Offers x's own memory for its dx, when a releasing Backward is going on and nothing else reads x any more: neither another derivative, nor that of the op that made x
    /// (<see cref="Ops.Op.ReadsOutput"/>), nor the user. The kernel overwrites x while it reads it. False: ask for <see cref="Into"/>.
    /// </summary>
    internal bool TryReuseInput(int i, out Span<float> dx)
    {
        dx = default;
        if (inputs[i] is Parameter || !Wants(i) || tape.SlotOf(inputs[i]).Storage is not null || !tape.IsLastUse(inputs[i]))
            return false;
        Share(i, inputs[i].Storage);
        dx = inputs[i].Data;
        return true;
    }

    /// <summary>dx = dy unchanged (an addition, a reshape): shares dy's memory where nothing else has arrived.</summary>
    internal void Pass(int i)
    {
        if (!Wants(i))
            return;
        if (inputs[i] is not Parameter && tape.SlotOf(inputs[i]).Storage is null)
        {
            Share(i, gradient);
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

    private void Share(int i, Storage storage)
    {
        storage.Shares++;
        tape.SlotOf(inputs[i]).Storage = storage;
    }
}
