namespace Pellucid.Text.Metrics;

/// <summary>BLEU with the statistics it was computed from; index n - 1 of a list belongs to n-grams of order n.</summary>
/// <param name="Score">BLEU as a percentage.</param>
/// <param name="Signature">sacreBLEU's signature.</param>
/// <param name="Counts">Matched n-grams, clipped by the references and before smoothing.</param>
/// <param name="Totals">The hypothesis's n-grams, before smoothing.</param>
/// <param name="Precisions">Percentages, after smoothing.</param>
/// <param name="BrevityPenalty">exp(1 - r / c) for c &lt; r, else 1.</param>
/// <param name="HypothesisLength">c, in words.</param>
/// <param name="ReferenceLength">r, in words: for each segment the reference closest in length, the shorter in a tie.</param>
public sealed record BleuScore(
    double Score,
    string Signature,
    IReadOnlyList<long> Counts,
    IReadOnlyList<long> Totals,
    IReadOnlyList<double> Precisions,
    double BrevityPenalty,
    long HypothesisLength,
    long ReferenceLength) : MetricScore("BLEU", Score, Signature)
{
    /// <summary>Length of the hypotheses as a share of the references'; 0 when the references are empty.</summary>
    public double Ratio => ReferenceLength == 0 ? 0 : (double)HypothesisLength / ReferenceLength;

    public override string Details =>
        $"{string.Join('/', Precisions.Select(precision => PythonText.Fixed(precision, 1)))} "
        + $"(BP = {PythonText.Fixed(BrevityPenalty, 3)} ratio = {PythonText.Fixed(Ratio, 3)} "
        + $"hyp_len = {HypothesisLength} ref_len = {ReferenceLength})";
}
