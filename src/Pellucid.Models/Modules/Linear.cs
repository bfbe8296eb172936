using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Modules;

/// <summary><c>y = x Wᵀ + b</c>. Shapes: x <c>[..., I]</c>, W <c>[O, I]</c>, b <c>[O]</c>, y <c>[..., O]</c>. W starts Xavier-uniform, b at zero.</summary>
public sealed class Linear : Module
{
    public Linear(int inputs, int outputs, Rng rng, bool bias = true)
    {
        Weight = Add("weight", Initialization.XavierUniform(outputs, inputs, rng.Split("weight")));
        Bias = bias ? Add("bias", Initialization.Constant([outputs], 0)) : null;
    }

    public Parameter Weight { get; }
    public Parameter? Bias { get; }

    private protected override Parameter Matrix => Weight;

    public Tensor Forward(Tensor x) => x.Linear(Weight, Bias);

    /// <summary><c>dropout(f(x Wᵀ + b))</c> in one op: x <c>[..., I]</c> to <c>[..., O]</c>; no dropout when null.</summary>
    public Tensor Forward(Tensor x, ActivationFunction function, DropoutSite? dropout = null) => x.LinearActivation(Weight, Bias, function, dropout);
}
