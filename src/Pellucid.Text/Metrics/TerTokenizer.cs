namespace Pellucid.Text.Metrics;

/// <summary>The Normalizer of tercom, as sacreBLEU follows it.</summary>
internal static class TerTokenizer
{
    public static string[] Words(string segment, TerOptions options)
    {
        segment = PythonText.TrimEnd(segment);
        if (!options.CaseSensitive) segment = PythonText.ToLower(segment);
        if (options.Normalized) segment = Normalize(segment, options.AsianSupport);
        if (options.NoPunctuation)
        {
            segment = new CodePointRewriter(segment)
                .Remove(point => IsRemovedMark(point) || (options.AsianSupport && IsAsianMark(point)))
                .ToString();
        }

        return PythonText.Words(segment);
    }

    private static string Normalize(string segment, bool asian)
    {
        segment = WesternPunctuation.UnescapeXml(segment.Replace("\n-", "").Replace('\n', ' '));
        segment = new CodePointRewriter($" {segment} ").Surround(WesternPunctuation.StandsAlone).ToString();
        segment = segment.Replace("'s ", " 's ");
        var rewriter = WesternPunctuation.PeriodsCommasAndDashes(new CodePointRewriter(segment));

        // tercom also means to part kana from other scripts, but its pattern is anchored to the segment's first
        // character, which the line above has made a blank: it never matches, and so nothing stands here for it.
        if (asian) rewriter.Surround(point => IsAsianCharacter(point) || IsAsianMark(point));
        return rewriter.ToString();
    }

    private static bool IsRemovedMark(int point) => point is '.' or ',' or '?' or ':' or ';' or '!' or '"' or '(' or ')';

    private static bool IsAsianMark(int point) => point
        is 0x3001 or 0x3002 or (>= 0x3008 and <= 0x3011) or (>= 0x3014 and <= 0x301f) or (>= 0xff61 and <= 0xff65) or 0x30fb
        or 0xff0e or 0xff0c or 0xff1f or 0xff1a or 0xff1b or 0xff01 or 0xff02 or 0xff08 or 0xff09;

    // Ideographs, radicals, strokes, compatibility forms and enclosed letters. U+3200-32FF was written as 3200-3F22,
    // which changes nothing, since other ranges hold the rest.
    private static bool IsAsianCharacter(int point) => point
        is (>= 0x4e00 and <= 0x9fff) or (>= 0x3400 and <= 0x4dbf)
        or (>= 0x31c0 and <= 0x31ef) or (>= 0x2e80 and <= 0x2eff)
        or (>= 0x3200 and <= 0x33ff) or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe4f);
}
