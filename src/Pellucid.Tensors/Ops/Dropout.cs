using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// Sets each element to zero with probability <paramref name="probability"/> and divides the others by <c>1 - probability</c>
    /// (Srivastava et al. 2014, inverted). The mask is a function of the key and the element's index alone: the same on any number of threads and after a resume.
    /// Shapes: <c>[...]</c> in and out.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public static Tensor Dropout(this Tensor x, float probability, Rng key)
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "dropout must be at least 0 and below 1.");
        return probability == 0 ? x : new DropoutOp(probability, key).Apply(x);
    }
}

/// <summary>y = x m/(1-p) with the mask m of the key. dx = dy m/(1-p): the mask is computed again, never stored.</summary>
internal sealed class DropoutOp(float probability, Rng key) : Op
{
    public override string Name => "dropout";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var y = Tensor.Allocate(inputs[0].Shape);
        Kernels.Dropout.Apply(key, 0, probability, inputs[0].Data, y.Data, accumulate: false);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var dx = d.Into(0, out bool accumulate);
        Kernels.Dropout.Apply(key, 0, probability, d.Gradient, dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        // The mask is read off a kernel run over ones: it is data, not arithmetic.
        var mask = Tensor.Full(1, inputs[0].Shape);
        Kernels.Dropout.Apply(key, 0, probability, mask.Data, mask.Data, accumulate: false);
        var y = Twin.Zeros(inputs[0].Shape);
        for (int i = 0; i < y.Values.Length; i++)
            y.Values[i] = mask.Values[i] == 0 ? 0 : inputs[0].Values[i] / (1.0 - probability);
        return y;
    }
}
