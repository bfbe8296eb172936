namespace Pellucid.Text.Metrics;

/// <summary>The formulas of BLEU (Papineni et al. 2002, section 2.3), with c the hypotheses' length and r the references'.</summary>
internal static class BleuFormula
{
    /// <summary>BP = exp(1 - r / c) for c &lt; r, else 1; its limit, 0, for c = 0 &lt; r.</summary>
    public static double BrevityPenalty(long c, long r) => c >= r ? 1 : c == 0 ? 0 : Math.Exp(1 - ((double)r / c));

    /// <summary>p_n = 100 count_n / total_n, smoothed.</summary>
    /// <param name="counts">Clipped matches by order.</param>
    /// <param name="totals">The hypotheses' n-grams by order.</param>
    /// <param name="smoothing">What stands in for a count of 0.</param>
    /// <param name="defined">The number of leading orders whose total is not 0; the rest of the answer is 0.</param>
    public static double[] Precisions(ReadOnlySpan<long> counts, ReadOnlySpan<long> totals, BleuSmoothing smoothing, out int defined)
    {
        var precisions = new double[counts.Length];
        defined = 0;
        if (counts.IndexOfAnyExcept(0) < 0) return precisions; // nothing matches: no smoothing makes that a translation

        var power = 1.0;
        for (var n = 0; n < counts.Length; n++)
        {
            var added = n > 0 && smoothing is BleuSmoothing.AddConstant add ? add.K : 0;
            var (count, total) = (counts[n] + added, totals[n] + added);
            if (total == 0) break;
            defined = n + 1;
            precisions[n] = smoothing switch
            {
                _ when count > 0 => 100 * count / total,
                BleuSmoothing.Exp => 100 / ((power *= 2) * total),
                BleuSmoothing.FloorCount floor => 100 * floor.Count / total,
                _ => 0,
            };
        }

        return precisions;
    }

    /// <summary>exp(mean of log p_n); 0 if any p_n is 0 or there is none.</summary>
    public static double GeometricMean(ReadOnlySpan<double> precisions)
    {
        if (precisions.IsEmpty || precisions.Contains(0)) return 0;
        var sum = 0.0;
        foreach (var precision in precisions) sum += Math.Log(precision);
        return Math.Exp(sum / precisions.Length);
    }
}
