using System.Runtime.InteropServices;
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
    public void Apply(Parameter parameter, AdamMoments moments, double gradientScale = 1) => Apply([parameter], [moments], gradientScale);

    /// <summary>Changes all parameters, their moments and their moving averages in one pass over memory, bit for bit as one after the other.</summary>
    /// <param name="moments">As many as parameters, in their order.</param>
    /// <param name="averages">As many as parameters, in their order, or none; each takes in its parameter as by <see cref="AveragedParameter.Add"/>, also where no gradient came.</param>
    /// <param name="share">What the averages take in: 1 - decay.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not positive.</exception>
    /// <exception cref="ArgumentException">The lists are not equally long.</exception>
    /// <exception cref="ShapeException">Moments or averages are another parameter's.</exception>
    public void Apply(ReadOnlySpan<Parameter> parameters, ReadOnlySpan<AdamMoments> moments, double gradientScale = 1, ReadOnlySpan<AveragedParameter> averages = default, double share = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Step, 1);
        if (moments.Length != parameters.Length || (averages.Length > 0 && averages.Length != parameters.Length))
            throw new ArgumentException($"{parameters.Length} parameters want as many moments and averages, got {moments.Length} and {averages.Length}.");
        var step = new AdamStep((float)LearningRate, (float)Beta1, (float)Beta2, (float)Epsilon, (float)WeightDecay, DecoupledDecay,
            (float)gradientScale, 1 - Math.Pow(Beta1, Step), 1 - Math.Pow(Beta2, Step));
        var pieces = reused ??= [];
        pieces.Clear();
        for (int i = 0; i < parameters.Length; i++)
            pieces.Add(Piece(parameters[i], moments[i], averages.Length > 0 ? averages[i] : null));
        Adam.Step(CollectionsMarshal.AsSpan(pieces), step, share);
        foreach (var parameter in parameters)
            if (HasMoved(parameter))
                parameter.MarkChanged();
        foreach (var moment in moments)
            GC.KeepAlive(moment);
        foreach (var average in averages)
            GC.KeepAlive(average);
    }

    [ThreadStatic]
    private static List<AdamPiece>? reused;

    private static bool HasMoved(Parameter parameter) => parameter.Trainable && parameter.HasGradient;

    // What belongs to a parameter lies in pinned arrays, which Apply keeps alive to its end.
    private static unsafe AdamPiece Piece(Parameter parameter, AdamMoments moments, AveragedParameter? average)
    {
        if (moments.First.Shape != parameter.Shape || (average is not null && average.Values.Shape != parameter.Shape))
            throw new ShapeException($"moments {moments.First.Shape}{(average is null ? "" : $" and an average {average.Values.Shape}")} do not belong to a parameter of shape {parameter.Shape}.");
        fixed (float* w = parameter.Data, g = HasMoved(parameter) ? parameter.Gradient.Data : default, m = moments.First.Data, v = moments.Second.Data, a = average is null ? default : average.Values.Data)
            return new AdamPiece { W = w, G = g, M = m, V = v, Average = a, Length = parameter.Count };
    }
}
