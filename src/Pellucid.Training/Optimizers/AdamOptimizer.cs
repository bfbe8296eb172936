using Pellucid.Models.Checkpoints;
using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;

namespace Pellucid.Training.Optimizers;

/// <summary>Adam's and AdamW's state for a list of parameters: the step t, and m and v of each parameter, all float32.</summary>
public sealed class AdamOptimizer
{
    private readonly OptimizerOptions options;
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly Parameter[] values;
    private readonly AdamMoments[] moments;

    internal AdamOptimizer(OptimizerOptions options, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        (this.options, this.parameters) = (options, parameters);
        values = [.. parameters.Select(entry => entry.Parameter)];
        moments = [.. parameters.Select(entry => new AdamMoments(entry.Parameter))];
    }

    /// <summary>t: the updates made so far.</summary>
    public long Steps { get; internal set; }

    /// <summary>Moves every parameter that has a gradient, all in one pass.</summary>
    /// <param name="gradientScale">Multiplies all gradients first: how clipping arrives.</param>
    public void Step(double learningRate, double gradientScale = 1) => Step(learningRate, gradientScale, null);

    /// <summary>The same, and the moving average follows in the same pass.</summary>
    internal void Step(double learningRate, double gradientScale, WeightAverage? average)
    {
        var update = Next(learningRate);
        Steps++;
        update.Apply(values, moments, gradientScale, average is null ? [] : average.Parameters, average?.Share(Steps) ?? 0);
    }

    /// <summary>The step that comes next.</summary>
    internal AdamUpdate Next(double learningRate) => new(Steps + 1, learningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, options is AdamW);

    /// <summary>m and v of every parameter, in their order.</summary>
    internal IReadOnlyList<AdamMoments> Moments => moments;

    /// <summary>m and v of every parameter under <c>first.KEY</c> and <c>second.KEY</c>.</summary>
    internal IEnumerable<NamedValues> State()
    {
        for (int i = 0; i < moments.Length; i++)
        {
            var (name, parameter) = parameters[i];
            yield return new NamedValues(FirstPrefix + name, parameter.Shape, moments[i].First.ToArray());
            yield return new NamedValues(SecondPrefix + name, parameter.Shape, moments[i].Second.ToArray());
        }
    }

    /// <exception cref="CheckpointException">A moment is missing or of another shape.</exception>
    internal void Load(SafetensorsFile file)
    {
        for (int i = 0; i < moments.Length; i++)
        {
            var (name, parameter) = parameters[i];
            moments[i].Assign(Weights.Read(file, FirstPrefix + name, parameter.Shape), Weights.Read(file, SecondPrefix + name, parameter.Shape));
        }
    }

    private const string FirstPrefix = "first.", SecondPrefix = "second.";
}
