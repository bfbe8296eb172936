using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>Tour a: from a corpus of 23 words to one attention layer, small enough to follow with a pencil.</summary>
internal static class ThronesTour
{
    private const string Corpus =
        "I drink and I know things. When you play the game of thrones, you win or you die. The true enemy won't wait out the storm, he brings the storm.";

    private const string Sentence = "when you play game of thrones";

    // The text fixes them: 5-dimensional embeddings, a head that gives a 6 x 3 matrix. Two heads make concatenating visible.
    private const int Width = 5, Heads = 2, HeadWidth = 3;

    internal static Tour Make()
    {
        var tour = new TourBuilder("thrones");
        string[] words = Words(Corpus), vocabulary = [.. words.Distinct()], tokens = Words(Sentence);
        int[] ids = [.. tokens.Select(word => Array.IndexOf(vocabulary, word))];
        var corpus = new Dictionary<string, double> { ["words"] = words.Length, ["distinct"] = vocabulary.Length };
        tour.Step("corpus", null, [], [.. words.Select(word => new TourToken(Array.IndexOf(vocabulary, word), word))], corpus);
        tour.Step("vocabulary", null, [], [.. vocabulary.Select((word, id) => new TourToken(id, word))], corpus);

        TourToken[] encoded = [.. tokens.Select((word, t) => new TourToken(ids[t], word))];
        float[] hot = new float[ids.Length * vocabulary.Length];
        for (int t = 0; t < ids.Length; t++)
            hot[t * vocabulary.Length + ids[t]] = 1;
        tour.Shown("one_hot", "T V", Pellucid.Tensors.Tensor.From(hot, [ids.Length, vocabulary.Length]));
        tour.Step("encoding", null, [View("one_hot", tokens, vocabulary)], encoded, new() { ["tokens"] = ids.Length, ["distinct"] = vocabulary.Length });

        tour.Weight("embedding.weight", "V D", vocabulary.Length, Width);
        tour.Lookup("embedding.rows", "embedding.weight", ids);
        tour.Step("embedding", "x = E[id]", [View("embedding.weight", vocabulary), View("embedding.rows", tokens)], encoded, new() { ["width"] = Width });
        tour.Positions("embedding.positions", ids.Length, Width);
        tour.Step("positions", "PE(pos, 2i) = sin(pos / 10000^(2i/D)), PE(pos, 2i+1) = cos(pos / 10000^(2i/D))", [View("embedding.positions", tokens)]);
        tour.Add("embedding.sum", "embedding.rows", "embedding.positions");
        tour.Step("sum", "x + PE", [View("embedding.sum", tokens)]);

        foreach (string role in new[] { "query", "key", "value" })
        {
            tour.Weight($"attention.{role}.weight", "O I", Heads * HeadWidth, Width);
            tour.Linear($"attention.{role}", "B T D", "embedding.sum", $"attention.{role}.weight");
            tour.SplitHeads($"attention.{role}_heads", "B T H K", $"attention.{role}", Heads);
        }
        tour.Step("projections", "Q = x W_Qᵀ, K = x W_Kᵀ, V = x W_Vᵀ",
            [View("attention.query.weight"), View("attention.query_heads", tokens, null, ("H", 0)), View("attention.key_heads", tokens, null, ("H", 0)), View("attention.value_heads", tokens, null, ("H", 0))],
            numbers: new() { ["tokens"] = ids.Length, ["head_width"] = HeadWidth });
        tour.Attention("attention.", "attention.query_heads", "attention.key_heads", "attention.value_heads");
        tour.Step("scores", "Q Kᵀ", [View("attention.scores", tokens, tokens, ("H", 0))], numbers: new() { ["tokens"] = ids.Length });
        tour.Step("weights", "softmax(Q Kᵀ / √K)", [View("attention.scaled", tokens, tokens, ("H", 0)), View("attention.weights", tokens, tokens, ("H", 0))], numbers: new() { ["head_width"] = HeadWidth });
        tour.Step("head", "softmax(Q Kᵀ / √K) V", [View("attention.context", tokens, null, ("H", 0))], numbers: new() { ["tokens"] = ids.Length, ["head_width"] = HeadWidth });
        tour.MergeHeads("attention.merged", "attention.context");
        tour.Weight("attention.output.weight", "O I", Width, Heads * HeadWidth);
        tour.Linear("attention.output", "B T D", "attention.merged", "attention.output.weight");
        tour.Step("concatenated", "[head₀, head₁]", [View("attention.context", tokens, null, ("H", 0)), View("attention.context", tokens, null, ("H", 1)), View("attention.merged", tokens)],
            numbers: new() { ["heads"] = Heads, ["joined"] = Heads * HeadWidth });
        tour.Step("projected", "[head₀, head₁] W_Oᵀ", [View("attention.output.weight"), View("attention.output", tokens)], numbers: new() { ["width"] = Width, ["joined"] = Heads * HeadWidth });

        tour.Add("attention.residual", "embedding.sum", "attention.output");
        tour.Given("attention_norm.weight", "D", [Width], [.. Enumerable.Repeat(1f, Width)]);
        tour.Given("attention_norm.bias", "D", [Width], new float[Width]);
        tour.Norm("attention_norm.", "attention.residual", "attention_norm.weight", "attention_norm.bias");
        tour.Step("norm", "(x − mean) / √(variance + ε) · γ + β", [View("attention.residual", tokens), View("attention_norm.mean", tokens), View("attention_norm.variance", tokens), View("attention_norm.output", tokens)]);
        return tour.Build();
    }

    /// <summary>Letters and the apostrophes between them, in lower case.</summary>
    private static string[] Words(string text)
    {
        string letters = string.Concat(text.Select(c => char.IsLetter(c) || c == '\'' ? char.ToLowerInvariant(c) : ' '));
        return letters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
