using System.Globalization;
using Pellucid.Explain.Formulas;
using Pellucid.Models.Generation;

namespace Pellucid.Explain.Searches;

/// <summary>The arithmetic of a score, written out: <c>−3.9127 / 4 = −0.9782</c>.</summary>
internal static class ScoreText
{
    /// <summary>The whole calculation, numbers rounded to four places.</summary>
    public static string Of(HypothesisScore score, LengthPenalty penalty)
    {
        string text = $"{Number(score.LogProbability)} / {Divisor(score.Length, penalty)}";
        if (score.CoverageWeight != 0)
            text += $" + {Number(score.CoverageWeight)}*({Number(score.LogCoverage)})";
        return $"{text} = {Number(score.Value)}";
    }

    /// <summary>The length penalty for so many tokens, the end token included: <c>((5 + 4) / 6)^0.6</c>.</summary>
    private static string Divisor(int length, LengthPenalty penalty) => penalty switch
    {
        LengthPenalty.Average { Alpha: 1 } => Number(length),
        LengthPenalty.Average average => $"{Number(length)}^{Number(average.Alpha)}",
        LengthPenalty.Gnmt gnmt => $"((5 + {Number(length)}) / 6)^{Number(gnmt.Alpha)}",
        _ => "1",
    };

    private static string Number(double value) => FormulaText.Signed(value.ToString("0.####", CultureInfo.InvariantCulture));
}
