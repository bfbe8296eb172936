using Pellucid.Explain.Languages;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Walks;

/// <summary>The choice of each token of the answer, and what they come to.</summary>
internal static class ChoiceSteps
{
    public const string LogProbabilities = "output.log_probabilities";

    private const int LongestPiece = 60;

    public static IEnumerable<WalkStep> Of(Trace trace)
    {
        if (trace.Find(LogProbabilities) is not { Values: { } values } tensor)
            yield break;
        int vocabulary = tensor.Shape[^1];
        double total = 0;
        for (int t = 0; t < trace.Header.Answer.Count; t++)
        {
            var row = values.AsMemory(t * vocabulary, vocabulary);
            var answer = trace.Header.Answer[t];
            float chosen = row.Span[answer.Id];
            total += chosen;
            bool isEnd = answer.Id == trace.Header.Config.EndId;
            yield return new($"choice.{t + 1}", "choice", "choice", $"steps.choice.{(isEnd ? "end" : "token")}", "places.choice", new Dictionary<string, object>
            {
                ["number"] = t + 1, ["piece"] = Printable.Cut(answer.Piece, LongestPiece), ["previous"] = Printable.Cut(trace.Header.Target[t].Piece, LongestPiece),
                ["probability"] = Math.Exp(chosen), ["rank"] = Rank(row.Span, answer.Id), ["vocabulary"] = vocabulary,
            }) { Number = t + 1, Rows = "vocabulary" };
        }
        yield return new("choice.sentence", "choice", "sequence_log_probability", "steps.choice.sentence", "places.choice",
            new Dictionary<string, object> { ["total"] = total, ["translation"] = trace.Header.Translation }) { Rows = "target" };
    }

    /// <summary>1 for the most probable token; of equals the smaller id stands first.</summary>
    public static int Rank(ReadOnlySpan<float> row, int id)
    {
        int rank = 1;
        for (int v = 0; v < row.Length; v++)
            if (row[v] > row[id] || row[v] == row[id] && v < id)
                rank++;
        return rank;
    }
}
