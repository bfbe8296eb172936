using System.Globalization;
using Pellucid.Explain.Formulas;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Searches;
using Pellucid.Models.Generation;

namespace Pellucid.Explain.Walks;

/// <summary>The content of the steps of a search: hypotheses, their arithmetic, what became of them.</summary>
internal static class SearchView
{
    public static StepContent Add(StepContent content, Walk walk, WalkStep step, ContentOptions options)
    {
        var search = walk.Search!;
        var nodes = step.Number is { } number
            ? search.Nodes.Where(node => node.Step == number && node.Parent is not null).OrderBy(node => node.Rank)
            : search.Nodes.Where(node => node.State == NodeState.Finished).OrderByDescending(node => node.Score.Value);
        string Of(string key) => options.Language["terminal." + key];
        int most = options.Selection.MostCells;
        var all = nodes.ToList();
        var shown = most == 0 ? all : all.Take(Math.Max(4, most / 6)).ToList();
        return content with
        {
            Table = new ContentTable(
                [Of("rank"), Of("hypothesis"), Of("last_token"), Of("total"), Of("score"), Of("fate")],
                [.. shown.Select((node, i) => (IReadOnlyList<string>)
                [
                    (step.Number is null ? i + 1 : node.Rank + 1).ToString(CultureInfo.InvariantCulture), Pieces(search, node), FormulaText.Number(node.LogProbability),
                    FormulaText.Number(node.Total), ScoreText.Of(node.Score, search.Options.LengthPenalty), Fate(node, options.Language),
                ])],
                [false, false, true, true, false, false]),
            Notes = shown.Count < all.Count ? [options.Language.Text("terminal.rows_left_out", ("first", shown.Count), ("last", all.Count - 1), ("count", all.Count))] : [],
        };
    }

    /// <summary>How a score is made of a log-probability: n counts tokens, the end included.</summary>
    public static string Formula(DecodingOptions options, Language language)
    {
        string penalty = options.LengthPenalty switch
        {
            LengthPenalty.Average { Alpha: 1 } => " / n",
            LengthPenalty.Average average => $" / n^{FormulaText.Number(average.Alpha)}",
            LengthPenalty.Gnmt gnmt => $" / ((5 + n) / 6)^{FormulaText.Number(gnmt.Alpha)}",
            _ => "",
        };
        string coverage = options.CoveragePenalty == 0 ? "" : $" + {FormulaText.Number(options.CoveragePenalty)}*Σ_s log min(Σ_t a[t,s], 1)";
        string formula = $"{language["terminal.score"]} = log p{penalty}{coverage}";
        return penalty.Length == 0 ? formula : language.Text("terminal.counting", ("formula", formula));
    }

    private static string Pieces(SearchRecord search, SearchNode node) =>
        string.Join(' ', search.Path(node.Id).Skip(1).Select(part => Printable.Fit(part.Piece, 20)));

    private static string Fate(SearchNode node, Language language)
    {
        if (node.Reason is not { } reason)
            return language[$"search.state.{node.State switch { NodeState.Continued => "continued", NodeState.Finished => "finished", _ => "died" }}"];
        var phrase = SearchSteps.Reason(reason);
        return language.Text(phrase.Key, phrase.Arguments);
    }
}
