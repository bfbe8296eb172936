using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>Tour b: "You are welcome" to "De nada" with D = 6, H = 2, K = 3: one matrix for all heads, and its logical split.</summary>
internal static class WelcomeTour
{
    private const int Width = 6, Heads = 2, HeadWidth = 3;

    private static readonly string[] Vocabulary = ["<pad>", "<s>", "</s>", "You", "are", "welcome", "De", "nada"];
    private static readonly string[] Source = ["You", "are", "welcome", "<pad>"], Target = ["<s>", "De", "nada", "</s>"];

    internal static Tour Make()
    {
        var tour = new TourBuilder("welcome");
        int length = Source.Length;
        tour.Step("tokens", null, [], [.. Tokens(Source), .. Tokens(Target)], new() { ["width"] = Width, ["heads"] = Heads, ["head_width"] = HeadWidth, ["tokens"] = length });
        tour.Weight("embedding.weight", "V D", Vocabulary.Length, Width);
        tour.Positions("positions", length, Width);
        foreach (var (side, words) in new[] { ("encoder", Source), ("decoder", Target) })
        {
            tour.Lookup($"{side}.embedding.rows", "embedding.weight", Ids(words));
            tour.Add($"{side}.embedding.sum", $"{side}.embedding.rows", "positions");
        }
        tour.Step("embedding", "x = E[id] + PE", [View("encoder.embedding.rows", Source), View("positions", Source), View("encoder.embedding.sum", Source)], Tokens(Source), new() { ["width"] = Width, ["tokens"] = length });

        Project(tour, "encoder.self_attention", "encoder.embedding.sum", "encoder.embedding.sum");
        tour.Step("one_matrix", "Q = x W_Qᵀ", [View("encoder.self_attention.query.weight"), View("encoder.self_attention.query", Source)], numbers: new() { ["width"] = Width, ["heads"] = Heads });
        ShowSplit(tour, length);

        tour.Attention("encoder.self_attention.", "encoder.self_attention.query_heads", "encoder.self_attention.key_heads", "encoder.self_attention.value_heads", Visible(length, causal: false));
        tour.Step("scores", "Q Kᵀ / √K", [Both("encoder.self_attention.scores", Source, Source, 0), Both("encoder.self_attention.scores", Source, Source, 1), Both("encoder.self_attention.scaled", Source, Source, 0)],
            numbers: new() { ["heads"] = Heads, ["tokens"] = length, ["head_width"] = HeadWidth });
        tour.Step("padding", "softmax(Q Kᵀ / √K + mask)", [Both("encoder.self_attention.masked", Source, Source, 0), Both("encoder.self_attention.weights", Source, Source, 0), Both("encoder.self_attention.weights", Source, Source, 1)]);
        ShowMerge(tour, "encoder.self_attention");

        Project(tour, "decoder.self_attention", "decoder.embedding.sum", "decoder.embedding.sum");
        tour.Attention("decoder.self_attention.", "decoder.self_attention.query_heads", "decoder.self_attention.key_heads", "decoder.self_attention.value_heads", Visible(length, causal: true));
        tour.MergeHeads("decoder.self_attention.merged", "decoder.self_attention.context");
        Output(tour, "decoder.self_attention");
        tour.Step("causal", "softmax(Q Kᵀ / √K + mask)", [Both("decoder.self_attention.masked", Target, Target, 0), Both("decoder.self_attention.weights", Target, Target, 0)], Tokens(Target));
        Project(tour, "decoder.cross_attention", "decoder.self_attention.output", "encoder.self_attention.output");
        tour.Attention("decoder.cross_attention.", "decoder.cross_attention.query_heads", "decoder.cross_attention.key_heads", "decoder.cross_attention.value_heads", Visible(length, causal: false));
        tour.MergeHeads("decoder.cross_attention.merged", "decoder.cross_attention.context");
        Output(tour, "decoder.cross_attention");
        tour.Step("cross", "softmax(Q Kᵀ / √K + mask) V", [Both("decoder.cross_attention.weights", Target, Source, 0), Both("decoder.cross_attention.weights", Target, Source, 1)]);
        tour.Linear("output.logits", "B T V", "decoder.cross_attention.output", "embedding.weight");
        tour.Softmax("output.probabilities", "B T V", "output.logits");
        tour.Step("output", "softmax(x Eᵀ)", [View("output.logits", Target, Vocabulary), View("output.probabilities", Target, Vocabulary)], numbers: new() { ["vocabulary"] = Vocabulary.Length });
        return tour.Build();
    }

    /// <summary>(batch, sequence, width) to (batch, head, sequence, query size), and that each head alone gives the same numbers.</summary>
    private static void ShowSplit(TourBuilder tour, int length)
    {
        const string place = "encoder.self_attention.";
        var heads = tour[place + "query_heads"].Transpose(0, 2, 1, 3);
        tour.Shown(place + "query_by_head", "B H T K", heads);
        double difference = 0;
        for (int h = 0; h < Heads; h++)
        {
            var rows = tour[place + "query.weight"].Slice(0, h * HeadWidth, HeadWidth);
            var alone = tour["encoder.embedding.sum"].Linear(rows); // [1, T, K]
            for (int i = 0; i < alone.Count; i++)
                difference = Math.Max(difference, Math.Abs((double)alone.Values[i] - heads.Values[h * length * HeadWidth + i]));
        }
        tour.Step("split", "[B, T, D] → [B, T, H, K] → [B, H, T, K]",
            [View(place + "query", Source), View(place + "query_heads", Source, null, ("H", 0)), View(place + "query_heads", Source, null, ("H", 1)), View(place + "query_by_head", Source, null, ("H", 0)), View(place + "query_by_head", Source, null, ("H", 1))],
            numbers: new() { ["batch"] = 1, ["tokens"] = length, ["width"] = Width, ["heads"] = Heads, ["head_width"] = HeadWidth, ["difference"] = difference });
    }

    private static void ShowMerge(TourBuilder tour, string place)
    {
        tour.Shown(place + ".context_by_head", "B H T K", tour[place + ".context"].Transpose(0, 2, 1, 3));
        tour.MergeHeads(place + ".merged", place + ".context");
        tour.Step("merge", "[B, H, T, K] → [B, T, H, K] → [B, T, D]",
            [View(place + ".context_by_head", Source, null, ("H", 0)), View(place + ".context_by_head", Source, null, ("H", 1)), View(place + ".merged", Source)], numbers: new() { ["width"] = Width, ["heads"] = Heads, ["head_width"] = HeadWidth });
        Output(tour, place);
        tour.Step("projected", "merged W_Oᵀ", [View(place + ".output.weight"), View(place + ".output", Source)]);
    }

    private static void Project(TourBuilder tour, string place, string x, string memory)
    {
        foreach (string role in new[] { "query", "key", "value" })
        {
            tour.Weight($"{place}.{role}.weight", "O I", Width, Width);
            tour.Linear($"{place}.{role}", "B T D", role == "query" ? x : memory, $"{place}.{role}.weight");
            tour.SplitHeads($"{place}.{role}_heads", "B T H K", $"{place}.{role}", Heads);
        }
    }

    private static void Output(TourBuilder tour, string place)
    {
        tour.Weight(place + ".output.weight", "O I", Width, Width);
        tour.Linear(place + ".output", "B T D", place + ".merged", place + ".output.weight");
    }

    private static TourView Both(string tensor, string[] rows, string[] columns, int head) => View(tensor, rows, columns, ("H", head));

    /// <summary>Which key is seen: not the source's padding, or not the target's future.</summary>
    private static bool[] Visible(int length, bool causal) =>
        [.. Enumerable.Range(0, length * length).Select(at => causal ? at % length <= at / length : Source[at % length] != "<pad>")];

    private static TourToken[] Tokens(string[] words) => [.. words.Select(word => new TourToken(Array.IndexOf(Vocabulary, word), word))];

    private static int[] Ids(string[] words) => [.. words.Select(word => Array.IndexOf(Vocabulary, word))];
}
