using System.Globalization;
using Pellucid.Tensors;

namespace Pellucid.Tests.Goldens;

/// <summary>Compares with reference numbers: the largest difference over the largest reference value, and remembers the worst.</summary>
internal sealed class Agreement(double tolerance)
{
    private readonly List<string> failures = [];
    private (double Error, string What) worst = (0, "nothing");

    public void Check(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double? scale = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0, difference = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)expected[i]));
            double here = Math.Abs((double)expected[i] - actual[i]);
            if (here > difference || double.IsNaN(here))
                (difference, at) = (double.IsNaN(here) ? double.PositiveInfinity : here, i);
        }
        double error = difference == 0 ? 0 : difference / (scale ?? largest);
        if (error > worst.Error)
            worst = (error, what);
        if (error > tolerance)
            failures.Add(string.Create(CultureInfo.InvariantCulture,
                $"{what}: relative error {error:E1}; element {at} should be {expected[at]}, is {actual[at]}"));
    }

    public void Check(string what, Shape expectedShape, ReadOnlySpan<float> expected, Tensor actual)
    {
        Assert.True(actual.Shape == expectedShape, $"{what}: shape {actual.Shape}, wanted {expectedShape}");
        Check(what, expected, actual.Values);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"worst relative error {worst.Error:E1} ({worst.What})");

    public void MustHold() => Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
}
