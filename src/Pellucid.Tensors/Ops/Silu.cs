using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>x σ(x)</c>, also called swish (Ramachandran et al. 2017). Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor Silu(this Tensor x) => new SiluOp().Apply(x);
}

/// <summary>y = x σ(x). dx = dy σ(x) (1 + x (1 - σ(x))).</summary>
internal sealed class SiluOp : ActivationOp
{
    public override string Name => "silu";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.Silu(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.SiluBackward(x, dy, dx, accumulate);

    protected override double Naive(double x) => x / (1 + Math.Exp(-x));
}
