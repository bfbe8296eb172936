using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))</c>, the approximation of Hendrycks and Gimpel 2016. Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor GeluTanh(this Tensor x) => new GeluTanhOp().Apply(x);
}

/// <summary>With u = √(2/π)(x + 0.044715 x³), t = tanh u: dx = dy ((1 + t)/2 + x/2 (1 - t²) √(2/π)(1 + 3·0.044715 x²)).</summary>
internal sealed class GeluTanhOp : ActivationOp
{
    public override string Name => "gelu_tanh";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.GeluTanh(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.GeluTanhBackward(x, dy, dx, accumulate);

    protected override double Naive(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}
