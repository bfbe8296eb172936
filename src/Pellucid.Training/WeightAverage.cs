using Pellucid.Models.Checkpoints;
using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;

namespace Pellucid.Training;

/// <summary>An exponential moving average of all weights, or nothing when the decay is 0.</summary>
internal sealed class WeightAverage
{
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly AveragedParameter[] averages;
    private readonly double decay;

    internal WeightAverage(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double decay)
    {
        (this.parameters, this.decay) = (parameters, decay);
        averages = decay > 0 ? [.. parameters.Select(entry => new AveragedParameter(entry.Parameter))] : [];
    }

    internal bool IsOn => averages.Length > 0;

    /// <summary>The averages in the order of the parameters; empty when there is none.</summary>
    internal ReadOnlySpan<AveragedParameter> Parameters => averages;

    /// <summary>
    /// What the average takes in of the weights after update t: 1 - <c>min(decay, (1 + t) / (10 + t))</c>, so that the start is forgotten soon
    /// (as TensorFlow's ExponentialMovingAverage).
    /// </summary>
    internal double Share(long updates) => 1 - Math.Min(decay, (1.0 + updates) / (10.0 + updates));

    /// <summary>Puts the average in the place of the weights until the result is disposed.</summary>
    internal Exchanged InPlace()
    {
        Exchange();
        return new Exchanged(this);
    }

    internal IEnumerable<NamedValues> State() =>
        averages.Select((average, i) => new NamedValues(parameters[i].Name, parameters[i].Parameter.Shape, average.Values.ToArray()));

    internal void Load(SafetensorsFile file)
    {
        for (int i = 0; i < averages.Length; i++)
            averages[i].Assign(Weights.Read(file, parameters[i].Name, parameters[i].Parameter.Shape));
    }

    private void Exchange()
    {
        foreach (var average in averages)
            average.Exchange();
    }

    internal readonly struct Exchanged(WeightAverage owner) : IDisposable
    {
        public void Dispose() => owner.Exchange();
    }
}
