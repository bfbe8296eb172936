namespace Pellucid.Text.Metrics;

/// <summary>The language-dependent part of NIST's mteval-v13a.pl, which the tokenizers of BLEU and TER share.</summary>
internal static class WesternPunctuation
{
    /// <summary>The four rules in mteval's order; each looks at what the one before has left.</summary>
    public static CodePointRewriter Separate(CodePointRewriter segment) => PeriodsCommasAndDashes(segment.Surround(StandsAlone));

    /// <summary>The rules for marks that may belong to a number: a period or comma beside a digit, a dash after one.</summary>
    public static CodePointRewriter PeriodsCommasAndDashes(CodePointRewriter segment) =>
        segment
            .DetachSecond(point => !IsDigit(point), IsPeriodOrComma)
            .DetachFirst(IsPeriodOrComma, point => !IsDigit(point))
            .DetachSecond(IsDigit, point => point == '-');

    /// <summary>ASCII punctuation and the blank, but for <c>' , - .</c></summary>
    public static bool StandsAlone(int point) => point
        is (>= '{' and <= '~') or (>= '[' and <= '`') or (>= ' ' and <= '&') or (>= '(' and <= '+') or (>= ':' and <= '@') or '/';

    public static string UnescapeXml(string segment) =>
        segment.Replace("&quot;", "\"").Replace("&amp;", "&").Replace("&lt;", "<").Replace("&gt;", ">");

    private static bool IsDigit(int point) => point is >= '0' and <= '9';

    private static bool IsPeriodOrComma(int point) => point is '.' or ',';
}
