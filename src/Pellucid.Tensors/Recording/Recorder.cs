using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tensors.Recording;

/// <summary>
/// The one place that sees every op of this thread, with its inputs, outputs and module path.
/// It keeps the tape for the derivative, recycles memory, and tells its observers (tracing, NaN checks, timing).
/// <code>
/// using var recorder = Recorder.Begin(gradients: true);
/// var loss = model.Loss(batch);
/// recorder.Backward(loss);            // every Parameter now has its Gradient
/// </code>
/// Without a recorder, ops just compute. Recorders nest: the innermost is current and owns the memory and the tape,
/// and the observers of those around it see its ops too.
/// </summary>
public sealed class Recorder : IDisposable
{
    [ThreadStatic]
    private static Recorder? current;

    private readonly Recorder? outer;
    private readonly List<Storage> rented = [];
    private readonly IRecorderObserver[] observers;
    private readonly Tape? tape;
    private readonly List<string> path = [];
    private volatile bool ended;

    private Recorder(bool gradients, ReadOnlySpan<IRecorderObserver> observers)
    {
        outer = Current;
        this.observers = outer is null ? observers.ToArray() : [.. outer.observers, .. observers];
        WantsIntermediates = Array.Exists(this.observers, observer => observer.WantsIntermediates);
        tape = gradients ? new Tape(this) : null;
        if (outer is not null)
            path.AddRange(outer.path);
        current = this;
    }

    /// <summary>The recorder of this thread, or null. One that was disposed out of turn, or on another thread, is passed over.</summary>
    public static Recorder? Current
    {
        get
        {
            while (current is { ended: true } past)
                current = past.outer;
            return current;
        }
    }

    /// <summary>True when ops are kept for <see cref="Backward(Tensor)"/>.</summary>
    public bool RecordsGradients => tape is not null;

    /// <summary>True when an observer wants what fused kernels compute on the way.</summary>
    internal bool WantsIntermediates { get; }

    /// <summary>The path of the module that is running: <c>decoder.layers.0.self_attention</c>.</summary>
    public string Path => string.Join('.', path);

    /// <summary>Starts recording on this thread until the result is disposed.</summary>
    public static Recorder Begin(bool gradients = false, params ReadOnlySpan<IRecorderObserver> observers) => new(gradients, observers);

    /// <summary>Names the module whose ops follow, until the result is disposed. Costs nothing without a recorder.</summary>
    public static ModuleScope Enter(string name)
    {
        if (Current is not { } recorder)
            return default;
        recorder.path.Add(name);
        return new ModuleScope(recorder);
    }

    /// <summary>Makes a tensor outlive this recorder: it now belongs to the recorder outside, or to the garbage collector when there is none.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (rented.Remove(tensor.Storage))
            outer?.rented.Add(tensor.Storage);
        return tensor;
    }

    /// <summary>Makes a tensor outlive every recorder: from now on the garbage collector owns it.</summary>
    public Tensor Detach(Tensor tensor)
    {
        for (var recorder = this; recorder is not null; recorder = recorder.outer)
            recorder.rented.Remove(tensor.Storage);
        return tensor;
    }

    /// <summary>Asks for the gradient of a tensor that is not a parameter; read it with <see cref="GradientOf"/>.</summary>
    /// <exception cref="ArgumentException">The tensor is a parameter, which keeps a gradient of its own.</exception>
    public Tensor Watch(Tensor tensor)
    {
        if (tensor is Parameter)
            throw new ArgumentException("a parameter is not watched: its gradient is in Parameter.Gradient after Backward.", nameof(tensor));
        tensor.Slot = RequireTape().NewSlot(watched: true);
        return tensor;
    }

    /// <summary>The gradient of a watched tensor after <see cref="Backward(Tensor)"/>, of the tensor's shape (zeros where nothing arrived).</summary>
    public Tensor GradientOf(Tensor tensor)
    {
        if (tensor.Slot is not { Watched: true } slot)
            throw new InvalidOperationException("only a tensor given to Watch before the forward pass has a gradient to ask for.");
        return slot.Storage is { } storage ? new Tensor(tensor.Shape, storage) : Tensor.Zeros(tensor.Shape);
    }

    /// <summary>
    /// Reverse-mode differentiation from a scalar: adds d loss / d p into the gradient of every parameter p that the loss depends on.
    /// It uses up the tape: what was computed so far is a constant afterwards.
    /// </summary>
    /// <param name="loss">A tensor with one element.</param>
    /// <exception cref="InvalidOperationException">The recorder was begun without gradients, or nothing trainable leads to the loss.</exception>
    /// <exception cref="ObjectDisposedException">The recorder has ended.</exception>
    public void Backward(Tensor loss)
    {
        if (loss.Count != 1)
            throw new ShapeException($"Backward wants a loss with one element, got {loss.Shape}; reduce it with Sum() or Mean(), or give the upstream gradient.");
        RequireTape().Backward(loss, [1f]);
    }

    /// <summary>The same from any tensor, with the gradient that arrives from above (of its shape).</summary>
    public void Backward(Tensor output, Tensor upstream)
    {
        Dims.Match(output, "...").And(upstream, "...");
        if (output.Shape != upstream.Shape)
            throw new ShapeException($"the upstream gradient is {upstream.Shape}, the output {output.Shape}: they must be equal.");
        RequireTape().Backward(output, upstream.Values);
    }

    /// <summary>Ends the recording and recycles the memory of every tensor made in it, except those given to <see cref="Keep"/>.</summary>
    public void Dispose()
    {
        if (ended)
            return;
        ended = true;
        if (current == this)
            current = outer;
        foreach (var storage in rented)
            storage.Return();
    }

    internal Tensor Rent(Shape shape)
    {
        var storage = Storage.Rent(shape.Count);
        rented.Add(storage);
        return new Tensor(shape, storage);
    }

    internal Tensor Run(Op op, ReadOnlySpan<Tensor> inputs)
    {
        op.Traced = WantsIntermediates;
        foreach (var observer in observers)
            observer.Before(this, op);
        var output = op.Forward(inputs);
        tape?.Record(op, inputs, output);
        foreach (var observer in observers)
            observer.After(this, op, inputs, output);
        return output;
    }

    private Tape RequireTape()
    {
        ObjectDisposedException.ThrowIf(ended, this);
        return tape ?? throw new InvalidOperationException("this recorder keeps no tape; begin it with Recorder.Begin(gradients: true).");
    }

    /// <summary>The time during which a module's name is part of the path.</summary>
    public readonly struct ModuleScope : IDisposable
    {
        private readonly Recorder? recorder;

        internal ModuleScope(Recorder recorder) => this.recorder = recorder;

        public void Dispose() => recorder?.path.RemoveAt(recorder.path.Count - 1);
    }
}
