using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>log_softmax(x)_i = x_i - max x - log Σ_j exp(x_j - max x)</c> over the last axis. Shapes: <c>[..., N]</c> in and out.
    /// </summary>
    public static Tensor LogSoftmax(this Tensor x) => new LogSoftmaxOp().Apply(x);
}

/// <summary>y = log softmax(x). dx = dy - exp(y) Σ_j dy_j.</summary>
internal sealed class LogSoftmaxOp : Op
{
    public override string Name => "log_softmax";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var x = inputs[0];
        var y = Tensor.Allocate(x.Shape);
        Kernels.LogSoftmax.Forward(x.Data, x.Shape.Rows, x.Shape[^1], y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var dx = d.Into(0, out bool accumulate);
        Kernels.LogSoftmax.Backward(d.Output.Data, d.Gradient, d.Output.Shape.Rows, d.Output.Shape[^1], dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var y = Twin.Zeros(inputs[0].Shape);
        Kernels.LogSoftmax.Naive(inputs[0].Values, y.Shape.Rows, y.Shape[^1], y.Values);
        return y;
    }
}
