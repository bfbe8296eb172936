using Pellucid.Tensors;

namespace Pellucid.Explain.Laboratories;

/// <summary>The four properties that a positional encoding is praised for, each measured on the table itself in double precision.</summary>
internal static class PositionChecks
{
    /// <summary>d[p, q] = |row p − row q|, row-major.</summary>
    internal static float[] Distances(Tensor table)
    {
        int length = table.Shape[0];
        float[] distances = new float[length * length];
        for (int p = 0; p < length; p++)
            for (int q = 0; q < length; q++)
                distances[p * length + q] = (float)Distance(table, p, q);
        return distances;
    }

    /// <summary>No two positions have the same code: the smallest distance between two rows.</summary>
    internal static PositionCheck Unique(Tensor table)
    {
        var (smallest, first, second) = (double.PositiveInfinity, 0, 0);
        for (int p = 0; p < table.Shape[0]; p++)
            for (int q = p + 1; q < table.Shape[0]; q++)
                if (Distance(table, p, q) is var distance && distance < smallest)
                    (smallest, first, second) = (distance, p, q);
        return Check("unique", smallest > 1e-6, ("smallest_distance", smallest), ("first", first), ("second", second));
    }

    /// <summary>No position is too large for the words beside it: all within −1 .. 1.</summary>
    internal static PositionCheck Bounded(Tensor table)
    {
        double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
        foreach (float value in table.Values)
            (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        return Check("bounded", minimum >= -1 && maximum <= 1, ("minimum", minimum), ("maximum", maximum));
    }

    /// <summary>|PE(pos + k) − PE(pos)| does not depend on pos: the smallest and the largest for this k.</summary>
    internal static PositionCheck SameDistance(Tensor table, int k, double tolerance)
    {
        double minimum = double.PositiveInfinity, maximum = 0;
        for (int p = 0; p + k < table.Shape[0]; p++)
        {
            double distance = Distance(table, p, p + k);
            (minimum, maximum) = (Math.Min(minimum, distance), Math.Max(maximum, distance));
        }
        return Check("same_distance", maximum - minimum <= tolerance * Math.Max(1, maximum), ("offset", k), ("minimum", minimum), ("maximum", maximum));
    }

    /// <summary>PE(pos + k) = M_k PE(pos) for one matrix M_k and every pos: the largest error and where it is.</summary>
    internal static PositionCheck Shift(Tensor table, Tensor shifted, int k, double tolerance)
    {
        int width = table.Shape[1];
        var (largest, position, dimension) = (0.0, 0, 0);
        for (int p = 0; p < shifted.Shape[0]; p++)
            for (int j = 0; j < width; j++)
                if (Math.Abs((double)shifted.Values[p * width + j] - table.Values[(p + k) * width + j]) is var error && error > largest)
                    (largest, position, dimension) = (error, p, j);
        return Check("shift", largest <= tolerance, ("offset", k), ("largest_error", largest), ("position", position), ("dimension", dimension));
    }

    private static double Distance(Tensor table, int p, int q)
    {
        int width = table.Shape[1];
        var a = table.Values.Slice(p * width, width);
        var b = table.Values.Slice(q * width, width);
        double sum = 0;
        for (int j = 0; j < width; j++)
            sum += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
        return Math.Sqrt(sum);
    }

    private static PositionCheck Check(string name, bool holds, params ReadOnlySpan<(string Name, double Value)> numbers) =>
        new(name, holds, new OrderedDictionary<string, double>(numbers.ToArray().Select(number => KeyValuePair.Create(number.Name, number.Value)), StringComparer.Ordinal));
}
