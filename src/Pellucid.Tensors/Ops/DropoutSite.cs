using System.Runtime.InteropServices;

namespace Pellucid.Tensors.Ops;

/// <summary>Dropout at one place of a model: how likely an element is dropped, in [0, 1), and the key of the mask.</summary>
public readonly record struct DropoutSite(float Probability, Rng Key);

/// <summary>The mask of one run of an op with a <see cref="DropoutSite"/>, which its derivative reads again. Empty where nothing is dropped.</summary>
internal readonly struct DropoutBits
{
    private readonly DropoutSite site;
    private readonly Tensor? bits;

    internal DropoutBits(DropoutSite? dropout, int elements)
    {
        if (dropout is not { } d)
            return;
        if (!(d.Probability >= 0 && d.Probability < 1))
            throw new ArgumentOutOfRangeException(nameof(dropout), d.Probability, "dropout must be at least 0 and below 1.");
        if (d.Probability == 0)
            return;
        site = d;
        bits = Tensor.Allocate([Kernels.DropoutMask.Length(elements)]);
        Kernels.DropoutMask.Fill(d.Key, d.Probability, elements, bits.Data);
    }

    internal bool Any => bits is not null;

    internal float Probability => site.Probability;

    internal ReadOnlySpan<float> Data => bits is null ? default : bits.Data;

    /// <summary>Which elements are kept, in whole bytes: element i is bit i mod 8 of byte i / 8, the lowest first.</summary>
    internal byte[] ToBytes(int elements) => MemoryMarshal.AsBytes(Data)[..((elements + 7) / 8)].ToArray();

    /// <summary>x m/(1 - p) in double precision. The mask is read off the kernel: it is data, not arithmetic.</summary>
    internal static Twin Reference(DropoutSite? dropout, Twin x)
    {
        if (dropout is not { Probability: > 0 } d)
            return x;
        float[] ones = new float[x.Values.Length];
        Array.Fill(ones, 1);
        Kernels.Dropout.Apply(d.Key, 0, d.Probability, ones, ones);
        var y = Twin.Zeros(x.Shape);
        for (int i = 0; i < ones.Length; i++)
            y.Values[i] = ones[i] == 0 ? 0 : x.Values[i] / (1.0 - d.Probability);
        return y;
    }
}
