namespace Pellucid.Training.Evaluation;

/// <summary>A number that a validation measured.</summary>
public readonly record struct MetricValue(string Name, double Value, bool HigherIsBetter);

/// <summary>Something to measure on data that the model does not train on, every so many steps.</summary>
public interface IValidation
{
    /// <summary>The names of the metrics that <see cref="Run"/> gives, in its order.</summary>
    IReadOnlyList<string> Metrics { get; }

    /// <summary>Measures the model as it is now.</summary>
    IReadOnlyList<MetricValue> Run(CancellationToken cancellation);
}
