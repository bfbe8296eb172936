namespace Pellucid.Training.Evaluation;

/// <summary>A number that a validation measured.</summary>
public readonly record struct MetricValue(string Name, double Value, bool HigherIsBetter);

/// <summary>Something to measure on data that the model does not train on, every so many steps.</summary>
public interface IValidation
{
    /// <summary>Measures the model as it is now.</summary>
    IReadOnlyList<MetricValue> Run(CancellationToken cancellation);
}
