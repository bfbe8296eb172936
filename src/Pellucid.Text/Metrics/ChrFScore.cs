namespace Pellucid.Text.Metrics;

/// <summary>chrF with the statistics it was computed from: first the character orders, then the word orders.</summary>
/// <param name="Name">chrF, beta, and a plus for each word order: chrF2, chrF2++.</param>
/// <param name="Score">The F-score as a percentage.</param>
/// <param name="Signature">sacreBLEU's signature.</param>
/// <param name="Matches">N-grams that hypothesis and reference have in common.</param>
/// <param name="HypothesisTotals">N-grams of the hypotheses, of segments whose reference has n-grams of that order.</param>
/// <param name="ReferenceTotals">N-grams of the references; of several, the reference that scores best.</param>
public sealed record ChrFScore(
    string Name,
    double Score,
    string Signature,
    IReadOnlyList<long> Matches,
    IReadOnlyList<long> HypothesisTotals,
    IReadOnlyList<long> ReferenceTotals) : MetricScore(Name, Score, Signature);
