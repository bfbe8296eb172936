using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>σ(x) = 1 / (1 + exp(-x))</c>. Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor Sigmoid(this Tensor x) => new SigmoidOp().Apply(x);
}

/// <summary>y = σ(x). dx = dy y (1 - y).</summary>
internal sealed class SigmoidOp : ActivationOp
{
    public override string Name => "sigmoid";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.Sigmoid(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.SigmoidBackward(y, dy, dx, accumulate);

    protected override double Naive(double x) => 1 / (1 + Math.Exp(-x));
}
