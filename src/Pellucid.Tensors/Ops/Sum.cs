using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>The sum over one axis, which disappears; a negative axis counts from the end. Shapes: <c>[..., N, ...]</c> to <c>[..., ...]</c>.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor Sum(this Tensor x, int axis) => new SumOp(x.Shape.Axis(axis)).Apply(x);
}

/// <summary>y = Σ x. dx = dy, repeated along the axis.</summary>
internal sealed class SumOp(int axis) : ReductionOp(axis)
{
    public override string Name => "sum";

    protected override void Compute(ReadOnlySpan<float> x, int outer, int along, int inner, Span<float> y) => Reduce.Sum(x, outer, along, inner, y);

    protected override void Differentiate(Derivative d, int outer, int along, int inner, Span<float> dx, bool accumulate) =>
        Reduce.SumBackward(d.Gradient, outer, along, inner, 1, dx, accumulate);

    protected override double Naive(IEnumerable<double> values) => values.Sum();
}
