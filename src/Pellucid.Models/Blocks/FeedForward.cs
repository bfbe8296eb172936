using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Models.Blocks;

/// <summary>The activation between the two linear maps of the feed-forward network.</summary>
public enum Activation
{
    Relu,
    Gelu,
    GeluTanh,
    Silu,
}

/// <summary>Position-wise feed-forward network, <c>f(x W₁ᵀ + b₁) W₂ᵀ + b₂</c> (Vaswani et al. 2017, eq. 2). Shapes: <c>[B, T, D]</c> to <c>[B, T, F]</c> and back.</summary>
public sealed class FeedForward : Module
{
    private readonly Activation activation;
    private readonly float dropoutProbability;

    public FeedForward(int width, int hiddenWidth, Activation activation, float dropoutProbability, Rng rng)
    {
        this.activation = activation;
        this.dropoutProbability = dropoutProbability;
        Hidden = Add("hidden", new Linear(width, hiddenWidth, rng.Split("hidden")));
        Output = Add("output", new Linear(hiddenWidth, width, rng.Split("output")));
    }

    public Linear Hidden { get; }
    public Linear Output { get; }

    public Tensor Forward(Tensor x, Rng? dropout)
    {
        Tensor activated;
        using (Recorder.Enter("hidden"))
            activated = Hidden.Forward(x, Function, DropoutSites.At(dropout, "activation", dropoutProbability));
        using var scope = Recorder.Enter("output");
        return Output.Forward(activated);
    }

    private ActivationFunction Function => activation switch
    {
        Activation.Relu => ActivationFunction.Relu,
        Activation.Gelu => ActivationFunction.Gelu,
        Activation.GeluTanh => ActivationFunction.GeluTanh,
        Activation.Silu => ActivationFunction.Silu,
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation."),
    };
}
