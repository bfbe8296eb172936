using Pellucid.Tensors.Optimization;

namespace Pellucid.Explain.Learning;

/// <summary>How a training step is made; immutable, to be varied with <c>with</c>.</summary>
public sealed record TrainingStepOptions
{
    /// <summary>The optimizer's step; by default the first of Adam with the rates of Vaswani et al. 2017, section 5.3, and a learning rate of 0.0001: without history the first step moves every weight by about the rate.</summary>
    public AdamUpdate Update { get; init; } = new(1, 0.0001, 0.9, 0.98, 1e-9);

    /// <summary>ε of the loss.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>The gradients are scaled down to this global norm (Pascanu et al. 2013, section 3.2); 0 is off.</summary>
    public double ClipNorm { get; init; }

    /// <summary>m and v of every weight by its checkpoint key, as an earlier step left them; null for zeros, as at the first step.</summary>
    public IReadOnlyDictionary<string, (float[] First, float[] Second)>? Moments { get; init; }

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    internal void Check()
    {
        Require(Update.Step >= 1, nameof(Update.Step), "counted from 1");
        Require(double.IsFinite(Update.LearningRate) && Update.LearningRate >= 0, nameof(Update.LearningRate), "a number of at least 0");
        Require(Update.Beta1 is >= 0 and < 1 && Update.Beta2 is >= 0 and < 1, nameof(Update.Beta1), "like β2 at least 0 and below 1");
        Require(Update.Epsilon > 0 && Update.WeightDecay >= 0, nameof(Update.Epsilon), "positive, and the weight decay not negative");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), "at least 0 and below 1");
        Require(ClipNorm >= 0 && double.IsFinite(ClipNorm), nameof(ClipNorm), "a number of at least 0");
    }

    private static void Require(bool condition, string name, string rule)
    {
        if (!condition)
            throw new ArgumentException($"{name} must be {rule}.");
    }
}
