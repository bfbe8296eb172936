using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>The same elements under another shape; nothing moves. Under its own shape it is the tensor itself.</summary>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    public static Tensor Reshape(this Tensor x, Shape shape) =>
        shape == x.Shape ? x
        : shape.Count == x.Count ? new ReshapeOp(shape).Apply(x)
        : throw new ShapeException($"{x.Shape} has {x.Count} elements and cannot become {shape}, which has {shape.Count}.");
}

/// <summary>y = x under another shape. dx = dy under x's shape.</summary>
internal sealed class ReshapeOp(Shape shape) : Op
{
    public override string Name => "reshape";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => new(shape, inputs[0]);

    internal override void Backward(Derivative d) => d.Pass(0);

    internal override Twin Reference(ReadOnlySpan<Twin> inputs) => new(shape, inputs[0].Values);
}
