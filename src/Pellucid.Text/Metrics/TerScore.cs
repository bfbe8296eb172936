namespace Pellucid.Text.Metrics;

/// <summary>TER with the statistics it was computed from.</summary>
/// <param name="Score">Edits per hundred reference words; lower is better, and it may exceed 100.</param>
/// <param name="Signature">sacreBLEU's signature.</param>
/// <param name="Edits">Insertions, deletions, substitutions and shifts, for each segment to the reference that needs fewest.</param>
/// <param name="ReferenceLength">Reference words; of several references to a segment, their mean.</param>
public sealed record TerScore(double Score, string Signature, long Edits, double ReferenceLength)
    : MetricScore("TER", Score, Signature);
