using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary><c>max(x, 0)</c>. Shapes: <c>[...]</c> in and out.</summary>
    public static Tensor Relu(this Tensor x) => new ReluOp().Apply(x);
}

/// <summary>y = max(x, 0). dx = dy where x &gt; 0, else 0.</summary>
internal sealed class ReluOp : ActivationOp
{
    public override string Name => "relu";

    protected override void Compute(ReadOnlySpan<float> x, Span<float> y) => Activations.Relu(x, y);

    protected override void Differentiate(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) =>
        Activations.ReluBackward(x, dy, dx, accumulate);

    protected override double Naive(double x) => Math.Max(x, 0);
}
