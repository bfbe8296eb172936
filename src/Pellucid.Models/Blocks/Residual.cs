using Pellucid.Models.Architectures;
using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Models.Blocks;

/// <summary>Where layer normalisation stands relative to a sublayer.</summary>
public enum NormPlacement
{
    /// <summary><c>norm(x + f(x))</c>, as in Vaswani et al. 2017, section 3.1 ("post-norm").</summary>
    After,

    /// <summary><c>x + f(norm(x))</c> (Xiong et al. 2020, "pre-norm").</summary>
    Before,
}

/// <summary>A named sublayer f with its residual connection, dropout and norm.</summary>
internal static class Residual
{
    internal static Tensor Around(TransformerConfig config, Tensor x, string name, string normName, LayerNorm norm, Rng? dropout, Func<Tensor, Rng?, Tensor> sublayer)
    {
        var rng = dropout?.Split(name);
        var site = DropoutSites.At(rng, "residual", config.Dropout);
        if (config.Norm == NormPlacement.Before)
            return x.AddDropout(F(Normalize(x)), site);
        var added = F(x);
        using var normScope = Recorder.Enter(normName);
        return norm.Forward(x, added, site);

        Tensor Normalize(Tensor h)
        {
            using var scope = Recorder.Enter(normName);
            return norm.Forward(h);
        }

        Tensor F(Tensor h)
        {
            using var scope = Recorder.Enter(name);
            return sublayer(h, rng);
        }
    }
}
