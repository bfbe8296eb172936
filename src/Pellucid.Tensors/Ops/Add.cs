using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>y = a + b</c> with broadcasting: shapes are aligned at the last axis, lengths must be equal or 1.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Add(this Tensor a, Tensor b) => new AddOp().Apply(a, b);
}

/// <summary>y = a + b. da = dy, db = dy, each summed over the axes along which it was broadcast.</summary>
internal sealed class AddOp : Op
{
    public override string Name => "add";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (a, b) = (inputs[0], inputs[1]);
        var y = Tensor.Allocate(Broadcasting.Shape(a.Shape, b.Shape, nameof(TensorOps.Add)));
        Broadcast.Add(a.Data, a.Shape.Lengths, b.Data, b.Shape.Lengths, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        d.PassReduced(0);
        d.PassReduced(1);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (a, b) = (inputs[0].Values, inputs[1].Values);
        var y = Twin.Zeros(Broadcasting.Shape(inputs[0].Shape, inputs[1].Shape, nameof(TensorOps.Add)));
        Broadcasting.ForEach(y.Shape, inputs[0].Shape, inputs[1].Shape, (at, i, j) => y.Values[at] = a[i] + b[j]);
        return y;
    }
}
