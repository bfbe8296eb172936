namespace Pellucid.Text.Metrics;

/// <summary>For each order of chrF: the n-grams of the hypothesis, of the reference, and those in common.</summary>
internal sealed class NGramMatches(int orders)
{
    private const double Epsilon = 1e-16;

    public long[] Hypothesis { get; } = new long[orders];

    public long[] Reference { get; } = new long[orders];

    public long[] Matches { get; } = new long[orders];

    public void Add(NGramMatches other)
    {
        for (var n = 0; n < Matches.Length; n++)
        {
            Hypothesis[n] += other.Hypothesis[n];
            Reference[n] += other.Reference[n];
            Matches[n] += other.Matches[n];
        }
    }

    /// <summary>100 F_beta with F = (1 + beta^2) P R / (beta^2 P + R) (Popović 2015, equation 1).</summary>
    public double FScore(int beta, bool epsilonSmoothing)
    {
        var factor = (double)beta * beta;
        return 100 * (epsilonSmoothing ? MeanOfFScores(factor) : FScoreOfMeans(factor));
    }

    private double MeanOfFScores(double factor)
    {
        var sum = 0.0;
        for (var n = 0; n < Matches.Length; n++)
        {
            var precision = Hypothesis[n] > 0 ? (double)Matches[n] / Hypothesis[n] : Epsilon;
            var recall = Reference[n] > 0 ? (double)Matches[n] / Reference[n] : Epsilon;
            var denominator = (factor * precision) + recall;
            sum += denominator > 0 ? (1 + factor) * precision * recall / denominator : Epsilon;
        }

        return sum / Matches.Length;
    }

    private double FScoreOfMeans(double factor)
    {
        var (precision, recall, effective) = (0.0, 0.0, 0);
        for (var n = 0; n < Matches.Length; n++)
        {
            if (Hypothesis[n] == 0 || Reference[n] == 0) continue;
            precision += (double)Matches[n] / Hypothesis[n];
            recall += (double)Matches[n] / Reference[n];
            effective++;
        }

        if (precision + recall == 0) return 0;
        precision /= effective;
        recall /= effective;
        return (1 + factor) * precision * recall / ((factor * precision) + recall);
    }
}
