using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>
/// One training step with negative samples (Mikolov et al. 2013b, section 2.2), forwards and backwards: rate · (label − σ(x · u)) is the force along each pair of vectors.
/// The words around are C rows of the input matrix E, the word and the drawn ones N rows of the target matrix U.
/// </summary>
internal sealed class WordsTourStep
{
    private readonly TourBuilder tour;
    private readonly string[] around, targets;
    private readonly float rate;
    private readonly TourToken[] tokens;

    internal WordsTourStep(TourBuilder tour, string[] vocabulary, int[] around, int[] targets, float rate)
    {
        (this.tour, this.rate) = (tour, rate);
        (this.around, this.targets) = ([.. around.Select(id => vocabulary[id])], [.. targets.Select(id => vocabulary[id])]);
        tokens = [.. targets.Select(id => new TourToken(id, vocabulary[id]))];
        tour.Lookup("around", "input.weight", around);
        tour.SplitHeads("around.rows", "B T H K", "around", 1);
        tour.Lookup("targets", "target.weight", targets);
        tour.SplitHeads("targets.rows", "B T H K", "targets", 1);
    }

    /// <summary>The mean of the words around predicts the word: their sum is pulled as one.</summary>
    internal void Cbow(Dictionary<string, string> names)
    {
        var numbers = new Dictionary<string, double> { ["around_count"] = around.Length, ["targets"] = targets.Length, ["negative"] = targets.Length - 1, ["rate"] = rate };
        tour.Given("cbow.share", "B H T S", [1, 1, 1, around.Length], [.. Enumerable.Repeat(1f / around.Length, around.Length)]);
        tour.WeightedSum("cbow.hidden", "cbow.share", "around.rows");
        tour.Step("cbow", "h = (1/C) Σ E[c]", [View("around", around), View("cbow.share", null, around), View("cbow.hidden")], null, numbers, names);

        Answers("cbow.", "targets.rows", "cbow.hidden", down: true);
        tour.Step("scores", "p = σ(u · h)", [View("targets", targets), View("cbow.scores", targets), View("cbow.probabilities", targets)], tokens, numbers, names);
        tour.Step("error", "g = rate · (label − p)", [View("cbow.labels", targets), View("cbow.error", targets), View("cbow.force", targets)], tokens, numbers, names);

        tour.MergeHeads("cbow.force_merged", "cbow.force"); // [1, 1, N, 1] to [1, 1, N]: the same numbers as a row
        tour.SplitHeads("cbow.force_row", "B H T S", "cbow.force_merged", 1);
        tour.WeightedSum("cbow.pull", "cbow.force_row", "targets.rows");
        tour.Given("cbow.each", "B H T S", [1, 1, around.Length, 1], [.. Enumerable.Repeat(1f, around.Length)]);
        tour.WeightedSum("cbow.pulls", "cbow.each", "cbow.pull");
        tour.WeightedSum("cbow.target_pulls", "cbow.force", "cbow.hidden");
        tour.Step("pull", "Δh = Σ g u, Δu = g h", [View("cbow.force_row", null, targets), View("cbow.pull"), View("cbow.target_pulls", targets)], null, numbers, names);

        tour.Add("cbow.around_after", "B T H K", "around.rows", "cbow.pulls");
        tour.Add("cbow.targets_after", "B T H K", "targets.rows", "cbow.target_pulls");
        tour.Step("update", "E[c] ← E[c] + Δh, u ← u + Δu", [View("cbow.around_after", around), View("cbow.targets_after", targets)], null, numbers, names);
    }

    /// <summary>The reverse: each of the words around predicts the word by itself.</summary>
    internal void SkipGram(Dictionary<string, string> names)
    {
        var numbers = new Dictionary<string, double> { ["around_count"] = around.Length, ["targets"] = targets.Length, ["pairs"] = around.Length * targets.Length, ["rate"] = rate };
        Answers("skip_gram.", "around.rows", "targets.rows", down: false);
        tour.Step("skip_gram", "p = σ(E[c] · u), g = rate · (label − p)",
            [View("skip_gram.scores", around, targets), View("skip_gram.probabilities", around, targets), View("skip_gram.force", around, targets)], tokens, numbers, names);
        tour.WeightedSum("skip_gram.pulls", "skip_gram.force", "targets.rows");
        Answers("skip_gram.by_target.", "targets.rows", "around.rows", down: true); // the same pairs, a target a row
        tour.WeightedSum("skip_gram.target_pulls", "skip_gram.by_target.force", "around.rows");
        tour.Add("skip_gram.around_after", "B T H K", "around.rows", "skip_gram.pulls");
        tour.Add("skip_gram.targets_after", "B T H K", "targets.rows", "skip_gram.target_pulls");
        tour.Step("skip_gram_update", "E[c] ← E[c] + Σ g u, u ← u + Σ g E[c]",
            [View("skip_gram.pulls", around), View("skip_gram.around_after", around), View("skip_gram.targets_after", targets)], null, numbers, names);
    }

    /// <summary>Scores, probabilities, labels, error and force under <paramref name="place"/>; a target is a row, or a column.</summary>
    private void Answers(string place, string rows, string columns, bool down)
    {
        tour.Scores(place + "scores", rows, columns);
        var shape = tour[place + "scores"].Shape;
        tour.Sigmoid(place + "probabilities", "B H T S", place + "scores");
        int height = shape[2], width = shape[3];
        tour.Given(place + "labels", "B H T S", [1, 1, height, width], [.. Enumerable.Range(0, height * width).Select(i => (down ? i / width : i % width) == 0 ? 1f : 0f)]);
        tour.Scale(place + "answered", "B H T S", place + "probabilities", -1);
        tour.Add(place + "error", "B H T S", place + "labels", place + "answered");
        tour.Scale(place + "force", "B H T S", place + "error", rate);
    }
}
