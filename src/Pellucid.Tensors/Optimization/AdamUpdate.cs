using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Optimization;

/// <summary>
/// One step of Adam (Kingma and Ba 2015, algorithm 1), the same for every parameter of a model:
/// <c>m = β1 m + (1-β1) g; v = β2 v + (1-β2) g²; w -= rate · (m / (1-β1^t)) / (√(v / (1-β2^t)) + ε)</c>.
/// </summary>
/// <param name="Step">t, counted from 1.</param>
/// <param name="LearningRate">The step's rate.</param>
/// <param name="Beta1">β1.</param>
/// <param name="Beta2">β2.</param>
/// <param name="Epsilon">ε, added outside the root.</param>
/// <param name="WeightDecay">λ.</param>
/// <param name="DecoupledDecay">True: <c>w *= 1 - rate λ</c> (AdamW; Loshchilov and Hutter 2019, algorithm 2). False: λ w is added to the gradient.</param>
public readonly record struct AdamUpdate(
    long Step, double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay = 0, bool DecoupledDecay = false)
{
    /// <summary>Changes the parameter and its moments in one pass over memory; a parameter that no gradient reached stays as it is.</summary>
    /// <param name="gradientScale">Multiplies the gradient first: how clipping arrives.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not positive.</exception>
    /// <exception cref="ShapeException">The moments are another parameter's.</exception>
    public void Apply(Parameter parameter, AdamMoments moments, double gradientScale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Step, 1);
        if (moments.First.Shape != parameter.Shape)
            throw new ShapeException($"moments {moments.First.Shape} do not belong to a parameter of shape {parameter.Shape}.");
        if (!parameter.Trainable || !parameter.HasGradient)
            return;
        var step = new AdamStep((float)LearningRate, (float)Beta1, (float)Beta2, (float)Epsilon, (float)WeightDecay, DecoupledDecay,
            (float)gradientScale, 1 - Math.Pow(Beta1, Step), 1 - Math.Pow(Beta2, Step));
        Adam.Step(parameter.Data, parameter.Gradient.Values, moments.First.Data, moments.Second.Data, step);
        parameter.Version++;
    }
}
