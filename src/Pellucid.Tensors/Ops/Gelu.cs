using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>x Φ(x) = x/2 (1 + erf(x/√2))</c>, the exact form (Hendrycks and Gimpel 2016). Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor Gelu(this Tensor x) => new GeluOp().Apply(x);
}

/// <summary>y = x Φ(x). dx = dy (Φ(x) + x φ(x)) with φ(x) = exp(-x²/2)/√(2π).</summary>
internal sealed class GeluOp : ActivationOp
{
    public override string Name => "gelu";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.Gelu(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.GeluBackward(x, dy, dx, accumulate);

    protected override double Naive(double x) => x / 2 * (1 + ErrorFunction.Erf(x / Math.Sqrt(2)));
}
