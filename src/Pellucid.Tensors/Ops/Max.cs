using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>The maximum over one axis, which disappears; a negative axis counts from the end. Shapes: <c>[..., N, ...]</c> to <c>[..., ...]</c>.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public static Tensor Max(this Tensor x, int axis) => new MaxOp(x.Shape.Axis(axis)).Apply(x);
}

/// <summary>y = max x. dx = dy at the first maximum, zero elsewhere.</summary>
internal sealed class MaxOp(int axis) : ReductionOp(axis)
{
    public override string Name => "max";

    protected override void Compute(ReadOnlySpan<float> x, int outer, int along, int inner, Span<float> y) => Reduce.Max(x, outer, along, inner, y);

    protected override void Differentiate(Derivative d, int outer, int along, int inner, Span<float> dx, bool accumulate)
    {
        if (!accumulate)
            dx.Clear();
        var x = d.Input(0).Values;
        var y = d.Output.Values;
        var dy = d.Gradient;
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
                for (int a = 0; a < along; a++)
                    if (x[(o * along + a) * inner + i] == y[o * inner + i])
                    {
                        dx[(o * along + a) * inner + i] += dy[o * inner + i];
                        break;
                    }
    }

    protected override double Naive(IEnumerable<double> values) => values.Max();
}
