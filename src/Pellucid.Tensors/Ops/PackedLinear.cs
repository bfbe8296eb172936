using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>y = x Wᵀ + b</c> over the last axis with a weight that was packed beforehand. Shapes: x <c>[..., I]</c>, weight <c>[O, I]</c>, bias <c>[O]</c> or none, result <c>[..., O]</c>.
    /// Inference only: it has no derivative. In float32 the bits are those of <see cref="Linear(Tensor, Tensor, Tensor?)"/>.
    /// </summary>
    /// <exception cref="ShapeException">The inner lengths differ.</exception>
    public static Tensor Linear(this Tensor x, PackedWeight weight, Tensor? bias = null) =>
        bias is null ? new PackedLinearOp(weight, hasBias: false).Apply(x) : new PackedLinearOp(weight, hasBias: true).Apply(x, bias);
}

/// <summary>y = x Wᵀ + b with a packed W. The inputs are x, the parameter that W belongs to if there is one, and b if there is one.</summary>
internal sealed class PackedLinearOp(PackedWeight weight, bool hasBias) : Op
{
    private Tensor? rowScales, quantized;

    public override string Name => "linear";

    /// <summary>In int8, what the activations became: <c>scale</c>, one for each row, and their 8-bit numbers (<c>quantized</c>, of x's shape).</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates => quantized is null ? [] : [("scale", rowScales!), ("quantized", quantized)];

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var x = inputs[0];
        var dims = Dims.Match(x, $"... {weight.Inputs}", "x");
        var bias = hasBias ? inputs[^1] : null;
        if (bias is not null)
            dims.And(bias, $"{weight.Outputs}", "bias");
        var y = Tensor.Allocate(x.Shape.With(x.Shape.Rank - 1, weight.Outputs));
        if (Traced && weight.Operand.QuantizesActivations)
        {
            (rowScales, quantized) = (Tensor.Allocate([x.Shape.Rows]), Tensor.Allocate(x.Shape));
            weight.Operand.Multiply(x.Shape.Rows, x.Data, y.Data, bias is null ? default : bias.Data, rowScales.Data, quantized.Data);
            return y;
        }
        weight.Operand.Multiply(x.Shape.Rows, x.Data, y.Data, bias is null ? default : bias.Data);
        return y;
    }

    internal override void Backward(Derivative d) =>
        throw new InvalidOperationException("a packed weight has no derivative; train with the plain one, Linear(x, weight, bias).");

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var x = inputs[0];
        var y = Twin.Zeros(x.Shape.With(x.Shape.Rank - 1, weight.Outputs));
        weight.Operand.Naive(x.Shape.Rows, x.Values, y.Values, hasBias ? inputs[^1].Values : default);
        return y;
    }
}
