using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>softmax(x)_i = exp(x_i - max x) / Σ_j exp(x_j - max x)</c> over the last axis. A row that is all minus infinity gives zeros.
    /// Shapes: <c>[..., N]</c> in and out.
    /// </summary>
    public static Tensor Softmax(this Tensor x) => new SoftmaxOp().Apply(x);
}

/// <summary>y = softmax(x). dx = y (dy - Σ_j dy_j y_j).</summary>
internal sealed class SoftmaxOp : Op
{
    public override string Name => "softmax";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var x = inputs[0];
        var y = Tensor.Allocate(x.Shape);
        Kernels.Softmax.Forward(x.Data, x.Shape.Rows, x.Shape[^1], y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var dx = d.Into(0, out bool accumulate);
        Kernels.Softmax.Backward(d.Output.Data, d.Gradient, d.Output.Shape.Rows, d.Output.Shape[^1], dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var y = Twin.Zeros(inputs[0].Shape);
        Kernels.Softmax.Naive(inputs[0].Values, y.Shape.Rows, y.Shape[^1], y.Values);
        return y;
    }
}
