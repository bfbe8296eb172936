using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Ops;

/// <summary>
/// One application of an operation: the rule (forward, derivative, twin) and the attributes of this call.
/// Taping, tracing, checking and timing belong to the <see cref="Recorder"/>, memory to the tensors, arithmetic to the kernels.
/// </summary>
public abstract class Op
{
    /// <summary>The op's name in traces and messages: <c>softmax</c>.</summary>
    public abstract string Name { get; }

    /// <summary>True when the recorder wants <see cref="Intermediates"/>.</summary>
    internal bool Traced { get; set; }

    /// <summary>The dropout inside this op; null where it has none.</summary>
    internal virtual DropoutSite? Dropout => null;

    /// <summary>What that dropout kept, drawn in the forward pass; of attention only when <see cref="Traced"/>, since its kernel draws as it goes.</summary>
    internal virtual DropoutBits Kept => default;

    /// <summary>What a fused kernel computed on the way, by name; from the very same computation as the output.</summary>
    public virtual IReadOnlyList<(string Name, Tensor Value)> Intermediates => [];

    /// <summary>What a fused derivative computed on the way, by the name of the tensor it is the gradient of; from the very same computation, and only during <see cref="IRecorderObserver.Differentiated"/>.</summary>
    public virtual IReadOnlyList<(string Name, Tensor Value)> GradientIntermediates => [];

    /// <summary>y = f(x).</summary>
    internal abstract Tensor Forward(ReadOnlySpan<Tensor> inputs);

    /// <summary>dx += dy · ∂y/∂x for every input that wants it.</summary>
    internal abstract void Backward(Derivative d);

    /// <summary>Whether <see cref="Backward"/> reads y. Where it does not, a later derivative may put its dx into y's memory.</summary>
    internal virtual bool ReadsOutput => true;

    /// <summary>The same f in double precision by the naive twins: documentation, test oracle, and what verification recomputes.</summary>
    internal abstract Twin Reference(ReadOnlySpan<Twin> inputs);

    /// <summary>Runs the op, seen by the current recorder if there is one.</summary>
    internal Tensor Apply(params ReadOnlySpan<Tensor> inputs) =>
        Recorder.Current is { } recorder ? recorder.Run(this, inputs) : Forward(inputs);
}

/// <summary>A tensor in double precision, as the naive twins compute it.</summary>
internal sealed record Twin(Shape Shape, double[] Values)
{
    internal static Twin Of(Tensor tensor) => new(tensor.Shape, Array.ConvertAll(tensor.ToArray(), value => (double)value));

    internal static Twin Zeros(Shape shape) => new(shape, new double[shape.Count]);

    internal static Twin Map(Twin x, Func<double, double> f) => new(x.Shape, Array.ConvertAll(x.Values, value => f(value)));
}
