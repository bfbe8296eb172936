namespace Pellucid.Bench;

/// <summary>Repeats of one figure, told by their median with the least and the most beside it.</summary>
internal sealed record Sample
{
    private readonly double[] _sorted;

    /// <exception cref="ArgumentException">No value.</exception>
    public Sample(IEnumerable<double> values)
    {
        _sorted = [.. values.Order()];
        if (_sorted.Length == 0) throw new ArgumentException("a sample needs at least one value.", nameof(values));
    }

    public int Count => _sorted.Length;

    /// <summary>The middle one; of an even number the mean of the two in the middle.</summary>
    public double Median => (_sorted[(Count - 1) / 2] + _sorted[Count / 2]) / 2;

    public double Least => _sorted[0];

    public double Most => _sorted[^1];

    /// <summary>The repeats of another figure of the same runs: time to rate, FLOP to share.</summary>
    public Sample Select(Func<double, double> map) => new(_sorted.Select(map));
}
