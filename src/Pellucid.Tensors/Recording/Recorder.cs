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
    private readonly Workspace workspace = Workspace.Take();
    private readonly IRecorderObserver[] observers;
    private readonly Tape? tape;
    private readonly List<string> path = [];
    private volatile bool ended;

    private Recorder(bool gradients, ReadOnlySpan<IRecorderObserver> observers)
    {
        outer = Current;
        this.observers = outer is null ? observers.ToArray() : [.. outer.observers, .. observers];
        WantsIntermediates = Array.Exists(this.observers, observer => observer.WantsIntermediates);
        tape = gradients ? new Tape(workspace) : null;
        if (tape is not null && Array.FindAll(this.observers, observer => observer.WantsGradients) is { Length: > 0 } watching)
            tape.Differentiated = (op, derivative) =>
            {
                foreach (var observer in watching)
                    observer.Differentiated(this, op, derivative);
            };
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

    /// <summary>True when ops are kept for <see cref="Backward(Tensor, bool)"/>.</summary>
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

    /// <summary>Makes a tensor outlive this recorder: when it ends, the tensor belongs to the recorder outside, or to the garbage collector when there is none.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (!tensor.IsLost && tensor.Storage is { End: StorageEnd.WithRecorder } storage && storage.Home == workspace)
            storage.End = StorageEnd.WithOuter;
        return tensor;
    }

    /// <summary>Makes a tensor outlive every recorder: when this one ends, the garbage collector owns it.</summary>
    public Tensor Detach(Tensor tensor)
    {
        if (!tensor.IsLost)
            tensor.Storage.End = StorageEnd.WithTensor;
        return tensor;
    }

    /// <summary>Asks for the gradient of a tensor that is not a parameter; read it with <see cref="GradientOf"/>.</summary>
    /// <exception cref="ArgumentException">The tensor is a parameter, which keeps a gradient of its own, or it lies on the way of a gradient that another recorder has yet to compute.</exception>
    public Tensor Watch(Tensor tensor)
    {
        if (tensor is Parameter)
            throw new ArgumentException("a parameter is not watched: its gradient is in Parameter.Gradient after Backward.", nameof(tensor));
        if (tensor.Tape is { HasEnded: false } other && other != tape && !other.SlotOf(tensor).Watched)
            throw new ArgumentException("this tensor is on the way of another recorder's gradient, which watching it here would cut off. Watch a Reshape or another result of it that was made inside this recorder.", nameof(tensor));
        RequireTape().AddSlot(tensor, watched: true);
        return tensor;
    }

    /// <summary>The gradient of a watched tensor after <see cref="Backward(Tensor, bool)"/>, of the tensor's shape (zeros where nothing arrived).</summary>
    public Tensor GradientOf(Tensor tensor)
    {
        var own = RequireTape();
        if (tensor.Tape != own || own.SlotOf(tensor) is not { Watched: true } slot)
            throw new InvalidOperationException("only a tensor given to Watch before the forward pass has a gradient to ask for.");
        return slot.Storage is { } storage ? workspace.Lend(tensor.Shape, storage) : Tensor.Zeros(tensor.Shape);
    }

    /// <summary>
    /// Reverse-mode differentiation from a scalar: adds d loss / d p into the gradient of every parameter p that the loss depends on.
    /// It uses up the tape: what was computed so far is a constant afterwards.
    /// </summary>
    /// <param name="loss">A tensor with one element.</param>
    /// <param name="release">
    /// True, as in a training step, gives the memory of every tensor back as soon as the last derivative that reads it has run. Reading one afterwards is an error;
    /// the loss, gradients, and what was given to <see cref="Keep"/>, <see cref="Detach"/> or <see cref="Watch"/> stay.
    /// </param>
    /// <exception cref="InvalidOperationException">The recorder was begun without gradients, or nothing trainable leads to the loss.</exception>
    /// <exception cref="ObjectDisposedException">The recorder has ended.</exception>
    public void Backward(Tensor loss, bool release = false)
    {
        if (loss.Count != 1)
            throw new ShapeException($"Backward wants a loss with one element, got {loss.Shape}; reduce it with Sum() or Mean(), or give the upstream gradient.");
        RequireTape().Backward(loss, [1f], release);
    }

    /// <summary>The same from any tensor, with the gradient that arrives from above (of its shape).</summary>
    public void Backward(Tensor output, Tensor upstream)
    {
        Dims.Match(output, "...").And(upstream, "...");
        if (output.Shape != upstream.Shape)
            throw new ShapeException($"the upstream gradient is {upstream.Shape}, the output {output.Shape}: they must be equal.");
        RequireTape().Backward(output, upstream.Values, release: false);
    }

    /// <summary>Ends the recording and recycles the memory of every tensor made in it, except those given to <see cref="Keep"/>.</summary>
    public void Dispose()
    {
        if (ended)
            return;
        ended = true;
        if (current == this)
            current = outer;
        tape?.End();
        workspace.End(LivingOuter?.workspace);
    }

    private Recorder? LivingOuter
    {
        get
        {
            var recorder = outer;
            while (recorder is { ended: true })
                recorder = recorder.outer;
            return recorder;
        }
    }

    internal Tensor Rent(Shape shape) => new(shape, workspace.Rent(shape.Count));

    internal Tensor Run(Op op, ReadOnlySpan<Tensor> inputs)
    {
        op.Traced = WantsIntermediates;
        foreach (var observer in observers)
            observer.Before(this, op);
        int firstRented = workspace.Rented.Count;
        var output = op.Forward(inputs);
        tape?.Record(op, inputs, output, firstRented);
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
