namespace Pellucid.Models.Generation;

/// <summary>
/// How a score comes about: log P over the length penalty, plus β times the log-coverage (Wu et al. 2016, equation 14).
/// </summary>
/// <param name="LogProbability">The numerator, log P(Y|X).</param>
/// <param name="Length">|Y|, the end token included.</param>
/// <param name="Penalty">The denominator, <see cref="LengthPenalty.Of"/> the length.</param>
/// <param name="CoverageWeight">β; 0 is off.</param>
/// <param name="LogCoverage">Σ_s log min(Σ_t a_ts, 1); 0 when off.</param>
public readonly record struct HypothesisScore(double LogProbability, int Length, double Penalty, double CoverageWeight = 0, double LogCoverage = 0)
{
    /// <summary>The score.</summary>
    public double Value => CoverageWeight == 0 ? LogProbability / Penalty : LogProbability / Penalty + CoverageWeight * LogCoverage;
}
