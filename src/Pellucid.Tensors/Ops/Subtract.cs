using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>y = a - b</c> with broadcasting: shapes are aligned at the last axis, lengths must be equal or 1.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Subtract(this Tensor a, Tensor b) => new SubtractOp().Apply(a, b);
}

/// <summary>y = a - b. da = dy, db = -dy, each summed over the axes along which it was broadcast.</summary>
internal sealed class SubtractOp : Op
{
    public override string Name => "subtract";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (a, b) = (inputs[0], inputs[1]);
        var y = Tensor.Allocate(Broadcasting.Shape(a.Shape, b.Shape, nameof(TensorOps.Subtract)));
        Broadcast.Subtract(a.Data, a.Shape.Lengths, b.Data, b.Shape.Lengths, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        d.PassReduced(0);
        if (d.Wants(1))
        {
            var minus = Tensor.Allocate(d.Output.Shape);
            Elementwise.Scale(d.Gradient, -1, minus.Data);
            d.AddReduced(1, minus.Data);
        }
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (a, b) = (inputs[0].Values, inputs[1].Values);
        var y = Twin.Zeros(Broadcasting.Shape(inputs[0].Shape, inputs[1].Shape, nameof(TensorOps.Subtract)));
        Broadcasting.ForEach(y.Shape, inputs[0].Shape, inputs[1].Shape, (at, i, j) => y.Values[at] = a[i] - b[j]);
        return y;
    }
}
