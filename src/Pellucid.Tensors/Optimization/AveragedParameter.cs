using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Optimization;

/// <summary>
/// A second set of values beside a parameter: their exponential moving average over training steps (Polyak and Juditsky 1992 average equally;
/// the moving form is Kingma and Ba 2015, section 7.2), or the mean over checkpoints (Vaswani et al. 2017, section 6.1).
/// </summary>
public sealed class AveragedParameter
{
    private readonly Parameter parameter;
    private readonly Tensor average;

    /// <summary>Starts equal to the parameter.</summary>
    public AveragedParameter(Parameter parameter)
    {
        this.parameter = parameter;
        average = new Tensor(parameter.Shape, Storage.Allocate(parameter.Count));
        parameter.Values.CopyTo(average.Data);
    }

    /// <summary>The average, of the parameter's shape; after <see cref="Exchange"/> the parameter's own values.</summary>
    public Tensor Values => average;

    /// <summary><c>average += share · (w - average)</c>: with share = 1 - decay a moving average, with share = 1/n the mean of n values.</summary>
    public void Add(double share)
    {
        Elementwise.Scale(average.Values, (float)(1 - share), average.Data);
        Elementwise.AddScaled(average.Values, parameter.Values, (float)share, average.Data);
    }

    /// <summary>Swaps the parameter's values and the average: call it before and after an evaluation.</summary>
    public void Exchange()
    {
        float[] kept = parameter.ToArray();
        parameter.Assign(average.Values);
        kept.CopyTo(average.Data);
    }

    /// <summary>Replaces the average, as a resumed run does.</summary>
    /// <exception cref="ShapeException">The number of values is not the parameter's.</exception>
    public void Assign(ReadOnlySpan<float> values)
    {
        if (values.Length != average.Count)
            throw new ShapeException($"{values.Length} values cannot be the average of a parameter of shape {parameter.Shape}.");
        values.CopyTo(average.Data);
    }
}
