using Pellucid.Tensors;
using Pellucid.Words;
using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>What vectors say about words: the plane on which they differ most, neighbours by cosine, analogies by adding and subtracting.</summary>
internal static class WordsTourMap
{
    /// <param name="table">A tensor of the tour, [V, D].</param>
    internal static void Add(TourBuilder tour, string table, string[] words, (int A, int B, int C)? analogy, Dictionary<string, double> numbers)
    {
        var map = Plane(tour, table, words, numbers);
        if (map is not null) tour.Step("map", "y = (E[v] − mean) Aᵀ", [View("map.axes"), View("map.places", words)], null, numbers, null, map);
        int width = tour[table].Shape[1];
        tour.Shown("unit", "V D", Tensor.From(Unit(tour[table].ToArray(), width), [words.Length, width]));
        tour.Linear("cosine", "V V", "unit", "unit");
        tour.Step("neighbours", "cos(v, w) = v · w / (|v| |w|)", [View("cosine", words, words)], null, numbers);
        if (analogy is not { } asked) return;

        var (a, b, c) = asked;
        tour.Lookup("analogy", "unit", [a, b, c]);
        tour.SplitHeads("analogy.rows", "B T H K", "analogy", 1);
        tour.Given("analogy.signs", "B H T S", [1, 1, 1, 3], -1, 1, 1);
        tour.WeightedSum("analogy.sum", "analogy.signs", "analogy.rows");
        tour.MergeHeads("analogy.goal", "analogy.sum");
        tour.Linear("analogy.scores", "B T V", "analogy.goal", "unit");
        float[] scores = tour["analogy.scores"].ToArray();
        int answer = Enumerable.Range(0, words.Length).Where(word => word != a && word != b && word != c).MaxBy(word => scores[word]);
        var names = new Dictionary<string, string> { ["a"] = words[a], ["b"] = words[b], ["c"] = words[c], ["answer"] = words[answer] };
        tour.Step("analogy", "v = b − a + c", [View("analogy", [words[a], words[b], words[c]]), View("analogy.goal"), View("analogy.scores", null, words)],
            null, new(numbers) { ["score"] = scores[answer] }, names, map is null ? null : map with { Arrows = [new(a, b), new(c, answer)] });
    }

    /// <summary>Null where the vectors differ in fewer than two directions.</summary>
    private static TourMap? Plane(TourBuilder tour, string table, string[] words, Dictionary<string, double> numbers)
    {
        float[] rows = tour[table].ToArray();
        int width = tour[table].Shape[1];
        var components = PrincipalComponents.Of(rows, width, 2);
        if (components.Axes.Count < 2) return null;
        numbers["explained"] = Math.Round(100 * components.Variances.Sum() / components.TotalVariance, 1);
        tour.Given("map.mean", "D", [width], [.. components.Mean.Select(value => (float)-value)]);
        tour.Given("map.axes", "O I", [2, width], [.. components.Axes.SelectMany(axis => axis).Select(value => (float)value)]);
        tour.Add("map.centred", "V D", table, "map.mean");
        tour.Linear("map.places", "V O", "map.centred", "map.axes");
        return new TourMap("map.places", words, []);
    }

    private static float[] Unit(float[] rows, int width)
    {
        for (int at = 0; at < rows.Length; at += width)
        {
            double length = Math.Sqrt(rows.AsSpan(at, width).ToArray().Sum(value => (double)value * value));
            for (int d = 0; d < width && length > 0; d++) rows[at + d] = (float)(rows[at + d] / length);
        }
        return rows;
    }
}
