using Pellucid.Tensors;

namespace Pellucid.Training.Optimizers;

/// <summary>How weights follow their gradients. A closed family: <see cref="Adam"/>, <see cref="AdamW"/>.</summary>
public abstract record OptimizerOptions
{
    private protected OptimizerOptions()
    {
    }

    /// <summary>β1, the decay of the gradient's running mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β2, the decay of the running mean of its square; 0.98 is Vaswani et al. 2017, section 5.3.</summary>
    public double Beta2 { get; init; } = 0.98;

    /// <summary>ε, added to the root.</summary>
    public double Epsilon { get; init; } = 1e-9;

    /// <summary>λ.</summary>
    public double WeightDecay { get; init; }

    /// <summary>An optimizer with fresh state for these parameters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public AdamOptimizer Create(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        InUnitInterval(Beta1, nameof(Beta1));
        InUnitInterval(Beta2, nameof(Beta2));
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon must be positive, or a weight without gradient is divided by zero.");
        if (!(WeightDecay >= 0))
            throw new ArgumentOutOfRangeException(nameof(WeightDecay), WeightDecay, "WeightDecay must not be negative.");
        return new AdamOptimizer(this, parameters);
    }

    private static void InUnitInterval(double value, string name)
    {
        if (!(value >= 0 && value < 1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and below 1.");
    }
}

/// <summary>Adam with bias correction (Kingma and Ba 2015, algorithm 1); weight decay, if any, is added to the gradient.</summary>
public sealed record Adam : OptimizerOptions;

/// <summary>Adam whose weight decay shrinks the weights directly (Loshchilov and Hutter 2019, algorithm 2).</summary>
public sealed record AdamW : OptimizerOptions
{
    public AdamW() => WeightDecay = 0.01;
}
