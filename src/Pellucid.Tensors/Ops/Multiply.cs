using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>y = a b</c>, element by element, with broadcasting: shapes are aligned at the last axis, lengths must be equal or 1.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Multiply(this Tensor a, Tensor b) => new MultiplyOp().Apply(a, b);
}

/// <summary>y = a b. da = dy b, db = dy a, each summed over the axes along which it was broadcast.</summary>
internal sealed class MultiplyOp : Op
{
    public override string Name => "multiply";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (a, b) = (inputs[0], inputs[1]);
        var y = Tensor.Allocate(Broadcasting.Shape(a.Shape, b.Shape, nameof(TensorOps.Multiply)));
        Broadcast.Multiply(a.Data, a.Shape.Lengths, b.Data, b.Shape.Lengths, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        var product = Tensor.Allocate(d.Output.Shape);
        for (int i = 0; i < 2; i++)
            if (d.Wants(i))
            {
                var other = d.Input(1 - i);
                Broadcast.Multiply(d.Gradient, d.Output.Shape.Lengths, other.Data, other.Shape.Lengths, product.Data);
                d.AddReduced(i, product.Data);
            }
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (a, b) = (inputs[0].Values, inputs[1].Values);
        var y = Twin.Zeros(Broadcasting.Shape(inputs[0].Shape, inputs[1].Shape, nameof(TensorOps.Multiply)));
        Broadcasting.ForEach(y.Shape, inputs[0].Shape, inputs[1].Shape, (at, i, j) => y.Values[at] = a[i] * b[j]);
        return y;
    }
}
