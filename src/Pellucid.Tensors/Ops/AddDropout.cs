using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>x + dropout(added)</c> in one pass: a residual connection. Without dropout it is <see cref="Add"/>. Shapes: <c>[...]</c>, all the same.
    /// </summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public static Tensor AddDropout(this Tensor x, Tensor added, DropoutSite? dropout)
    {
        if (x.Shape != added.Shape)
            throw new ShapeException($"a residual connection adds tensors of one shape, got {x.Shape} and {added.Shape}.");
        return dropout is { Probability: not 0 } site ? new AddDropoutOp(site).Apply(x, added) : x.Add(added);
    }
}

/// <summary>y = x + a m/(1-p). dx = dy, da = dy m/(1-p).</summary>
internal sealed class AddDropoutOp(DropoutSite site) : Op
{
    private Tensor? dropped;
    private DropoutBits mask;

    public override string Name => "add_dropout";

    internal override DropoutSite? Dropout => site;

    internal override DropoutBits Kept => mask;

    /// <summary>What dropout made of a (<c>dropped</c>), of the result's shape.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates => dropped is null ? [] : [("dropped", dropped)];

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var y = Tensor.Allocate(inputs[0].Shape);
        mask = new DropoutBits(site, y.Count);
        if (!Traced)
        {
            Kernels.ResidualSum.Forward(inputs[0].Data, inputs[1].Data, mask.Data, site.Probability, y.Data);
            return y;
        }
        dropped = Tensor.Allocate(y.Shape);
        Kernels.Dropout.Apply(mask.Data, site.Probability, inputs[1].Data, dropped.Data);
        Kernels.Broadcast.Add(inputs[0].Data, y.Shape.Lengths, dropped.Data, y.Shape.Lengths, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (d.Wants(1))
        {
            var da = d.Into(1, out bool accumulate);
            Kernels.Dropout.Apply(mask.Data, site.Probability, d.Gradient, da, accumulate);
        }
        d.Pass(0);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var a = DropoutBits.Reference(site, inputs[1]);
        return new Twin(inputs[0].Shape, [.. inputs[0].Values.Zip(a.Values, (x, added) => x + added)]);
    }
}
