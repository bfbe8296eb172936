using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// Sets each element to zero with probability <paramref name="probability"/> (in steps of 2^-16) and divides the others by <c>1 - probability</c>
    /// (Srivastava et al. 2014, inverted). The mask is a function of the key and the element's index alone: the same on any number of threads and after a resume.
    /// Shapes: <c>[...]</c> in and out.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public static Tensor Dropout(this Tensor x, float probability, Rng key)
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "dropout must be at least 0 and below 1.");
        return probability == 0 ? x : new DropoutOp(new DropoutSite(probability, key)).Apply(x);
    }
}

/// <summary>y = x m/(1-p) with the mask m of the key. dx = dy m/(1-p).</summary>
internal sealed class DropoutOp(DropoutSite site) : Op
{
    private DropoutBits mask;

    public override string Name => "dropout";

    internal override DropoutSite? Dropout => site;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var y = Tensor.Allocate(inputs[0].Shape);
        mask = new DropoutBits(site, y.Count);
        Kernels.Dropout.Apply(mask.Data, site.Probability, inputs[0].Data, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var dx = d.IntoElementwise(0, out bool accumulate);
        Kernels.Dropout.Apply(mask.Data, site.Probability, d.Gradient, dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs) => DropoutBits.Reference(site, inputs[0]);
}
