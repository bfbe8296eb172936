using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Modules;

/// <summary>Layer normalisation with gain (<c>weight</c>, γ) and shift (<c>bias</c>, β), both <c>[D]</c> (Ba et al. 2016).</summary>
public sealed class LayerNorm : Module
{
    private readonly float epsilon;

    public LayerNorm(int width, float epsilon = 1e-5f)
    {
        this.epsilon = epsilon;
        Weight = Add("weight", Initialization.Constant([width], 1));
        Bias = Add("bias", Initialization.Constant([width], 0));
    }

    public Parameter Weight { get; }
    public Parameter Bias { get; }

    public Tensor Forward(Tensor x) => x.LayerNorm(Weight, Bias, epsilon);

    /// <summary>Normalises the residual sum <c>x + dropout(added)</c>, all <c>[..., D]</c>; no dropout when null.</summary>
    public Tensor Forward(Tensor x, Tensor added, DropoutSite? dropout = null) => x.AddLayerNorm(added, Weight, Bias, epsilon, dropout);
}
