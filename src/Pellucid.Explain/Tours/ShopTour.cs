using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>Tour c: query, key and value as a search in a shop, from scalars over vectors and matrices to the tensors of a batch with heads.</summary>
internal static class ShopTour
{
    private static readonly LocalText[] Items = [.. Enumerable.Range(0, 4).Select(i => TourTexts.Of($"shop.item.{i}"))];
    private static readonly LocalText[] Features = [.. Enumerable.Range(0, 3).Select(i => TourTexts.Of($"shop.feature.{i}"))];
    private static readonly LocalText[] Customers = [.. Enumerable.Range(0, 3).Select(i => TourTexts.Of($"shop.customer.{i}"))];
    private static readonly LocalText[] Answers = [.. Enumerable.Range(0, 2).Select(i => TourTexts.Of($"shop.answer.{i}"))];

    internal static Tour Make()
    {
        var tour = new TourBuilder("shop");
        // One number each: how warm a thing is wanted, how warm each article is, what each costs.
        tour.Given("scalars.query", "B T H K", [1, 1, 1, 1], 2);
        tour.Given("scalars.key", "B S H K", [1, 4, 1, 1], 2.0f, 1.5f, 0.2f, -1);
        tour.Given("scalars.value", "B S H K", [1, 4, 1, 1], 120, 25, 60, 15);
        tour.Attention("scalars.", "scalars.query", "scalars.key", "scalars.value");
        tour.Step("scalars", "q · kₛ", [Row("scalars.query"), Row("scalars.key", Items), Row("scalars.value", Items), Row("scalars.scores", [Customers[0]], Items)]);
        tour.Step("softmax", "wₛ = exp(q kₛ) / Σ exp(q k)", [Row("scalars.weights", [Customers[0]], Items), Row("scalars.context", [Customers[0]])], numbers: new() { ["answer"] = tour["scalars.context"].Values[0] });

        // Three features; values are price and stars.
        float[] features = [1.5f, -0.5f, 0.3f, 1.0f, 0.8f, 0.1f, -0.4f, 0.2f, 1.2f, -1.2f, 1.0f, 0.5f];
        float[] values = [120, 4.5f, 25, 4.0f, 60, 3.5f, 15, 4.8f];
        tour.Given("vectors.query", "B T H K", [1, 1, 1, 3], 1.2f, 0.6f, 0);
        tour.Given("vectors.key", "B S H K", [1, 4, 1, 3], features);
        tour.Given("vectors.value", "B S H K", [1, 4, 1, 2], values);
        tour.Attention("vectors.", "vectors.query", "vectors.key", "vectors.value");
        tour.Step("vectors", "q · kₛ = Σᵢ qᵢ kₛᵢ", [Row("vectors.query", [Customers[0]], Features), Row("vectors.key", Items, Features), Row("vectors.scores", [Customers[0]], Items), Row("vectors.weights", [Customers[0]], Items)]);
        tour.Step("answer", "Σₛ wₛ vₛ", [Row("vectors.value", Items, Answers), Row("vectors.context", [Customers[0]], Answers)], numbers: new() { ["price"] = tour["vectors.context"].Values[0], ["stars"] = tour["vectors.context"].Values[1] });

        tour.Given("matrices.query", "B T H K", [1, 3, 1, 3], 1.2f, 0.6f, 0, -1, 1.5f, 0.2f, 0, -0.5f, 1.4f);
        tour.Attention("matrices.", "matrices.query", "vectors.key", "vectors.value");
        tour.Step("matrices", "softmax(Q Kᵀ / √K) V", [Row("matrices.query", Customers, Features), Row("matrices.scores", Customers, Items), Row("matrices.weights", Customers, Items), Row("matrices.context", Customers, Answers)]);
        Learned(tour);
        return tour.Build();
    }

    /// <summary>In a model nobody writes the features down: three matrices make query, key and value of the same words, for every sentence and head at once.</summary>
    private static void Learned(TourBuilder tour)
    {
        const int batch = 2, length = 4, heads = 2, headWidth = 3, width = heads * headWidth;
        tour.Weight("tensors.x", "B T D", batch, length, width);
        foreach (string role in new[] { "query", "key", "value" })
        {
            tour.Weight($"tensors.{role}.weight", "O I", width, width);
            tour.Linear($"tensors.{role}", "B T D", "tensors.x", $"tensors.{role}.weight");
            tour.SplitHeads($"tensors.{role}_heads", role == "query" ? "B T H K" : "B S H K", $"tensors.{role}", heads);
        }
        tour.Attention("tensors.", "tensors.query_heads", "tensors.key_heads", "tensors.value_heads");
        tour.MergeHeads("tensors.merged", "tensors.context");
        tour.Step("self", "Q = x W_Qᵀ, K = x W_Kᵀ, V = x W_Vᵀ", [View("tensors.x", null, null, ("B", 0)), View("tensors.query.weight"), View("tensors.query", null, null, ("B", 0)), View("tensors.key", null, null, ("B", 0)), View("tensors.value", null, null, ("B", 0))]);
        tour.Step("tensors", "[B, T, H, K] · [B, S, H, K] → [B, H, T, S]",
            [View("tensors.weights", null, null, ("B", 0), ("H", 0)), View("tensors.weights", null, null, ("B", 0), ("H", 1)), View("tensors.weights", null, null, ("B", 1), ("H", 0)), View("tensors.merged", null, null, ("B", 0))],
            numbers: new() { ["batch"] = batch, ["tokens"] = length, ["heads"] = heads, ["head_width"] = headWidth });
    }

    private static TourView Row(string tensor, LocalText[]? rows = null, LocalText[]? columns = null) => new(tensor, rows ?? [], columns ?? [], new Dictionary<string, int>());
}
