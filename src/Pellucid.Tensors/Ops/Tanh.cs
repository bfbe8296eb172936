using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>The hyperbolic tangent. Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor Tanh(this Tensor x) => new TanhOp().Apply(x);
}

/// <summary>y = tanh x. dx = dy (1 - y²).</summary>
internal sealed class TanhOp : ActivationOp
{
    public override string Name => "tanh";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.Tanh(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.TanhBackward(y, dy, dx, accumulate);

    protected override double Naive(double x) => Math.Tanh(x);
}
