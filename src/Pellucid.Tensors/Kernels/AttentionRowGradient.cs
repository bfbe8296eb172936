using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// One row of the backward pass in one pass over memory: x, the plain scores q·k, becomes the dropped weights, and g, the
/// products dc·v, becomes ds·scale. The weights have the bits that <see cref="AttentionRow"/> gave them.
/// </summary>
internal unsafe struct AttentionRowGradient
{
    public float Factor, Maximum, Inverse;

    /// <summary>Σ dw·w of the whole row, which is dc·c.</summary>
    public float Mean;

    public byte* Visible;

    /// <summary>Where to hand out the row's gradients of weights, scaled and plain scores, and of the weights after dropout; null for nowhere.</summary>
    public float* Dweights, Dscaled, Dscores, Ddropped;

    /// <summary>Keys before <paramref name="end"/> are visible; up to <paramref name="columns"/>, whole vectors, zeros follow.</summary>
    public readonly void Run(float* x, float* g, int end, int columns, in AttentionDropoutBits kept, bool drops, ulong element)
    {
        var (factor, maximum, inverse, mean) = (Lanes.Set(Factor), Lanes.Set(Maximum), Lanes.Set(Inverse), Lanes.Set(Mean));
        if (Visible != null)
            for (int i = 0; i < end; i++)
                if (Visible[i] == 0) x[i] = float.NegativeInfinity; // the factor is positive
        int s = 0;
        for (; s < end; s += Lanes.Width)
        {
            var w = VectorMath.Exp(Lanes.Load(x + s) * factor - maximum) * inverse;
            var dw = Lanes.Load(g + s);
            var dropped = w;
            if (drops)
            {
                if (Ddropped != null) Lanes.StoreUpTo(dw, Ddropped + s, end - s);
                dropped = kept.Keep(w, element + (ulong)s);
                dw = kept.Keep(dw, element + (ulong)s);
            }
            var da = w * (dw - mean);
            var ds = da * factor;
            if (Dweights != null) HandOut(dw, da, ds, s, end);
            if (end - s < Lanes.Width)
            {
                var mask = Lanes.Mask(end - s);
                dropped &= mask;
                ds &= mask;
            }
            dropped.Store(x + s);
            ds.Store(g + s);
        }
        if (Dweights != null && Visible != null)
            for (int i = 0; i < end; i++)
                if (Visible[i] == 0)
                {
                    Dweights[i] = Dscaled[i] = Dscores[i] = 0;
                    if (Ddropped != null) Ddropped[i] = 0;
                }
        for (s = Math.Max(s, 0); s < columns; s += Lanes.Width)
        {
            Vector512<float>.Zero.Store(x + s);
            Vector512<float>.Zero.Store(g + s);
        }
    }

    private readonly void HandOut(Vector512<float> dw, Vector512<float> da, Vector512<float> ds, int s, int end)
    {
        Lanes.StoreUpTo(dw, Dweights + s, end - s);
        Lanes.StoreUpTo(da, Dscaled + s, end - s);
        Lanes.StoreUpTo(ds, Dscores + s, end - s);
    }
}
