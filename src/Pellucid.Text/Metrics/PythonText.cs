using System.Globalization;
using System.Text;

namespace Pellucid.Text.Metrics;

/// <summary>What Python's text methods do where .NET does otherwise: published scores depend on these details.</summary>
internal static class PythonText
{
    /// <summary><c>str.isspace</c>: Unicode white space and the four separators U+001C to U+001F, which .NET leaves out.</summary>
    public static bool IsSpace(int codePoint) =>
        codePoint <= char.MaxValue && (char.IsWhiteSpace((char)codePoint) || codePoint is >= 0x1c and <= 0x1f);

    /// <summary><c>str.rstrip</c>. U+FEFF is no white space, in Python as in .NET, and stays.</summary>
    public static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    /// <summary><c>str.strip</c>.</summary>
    public static string Trim(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        return TrimEnd(text[start..]);
    }

    /// <summary><c>str.split</c> without arguments: the words between runs of white space.</summary>
    public static string[] Words(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !IsSpace(text[i]))
            {
                if (start < 0) start = i;
            }
            else if (start >= 0)
            {
                words.Add(text[start..i]);
                start = -1;
            }
        }

        return [.. words];
    }

    /// <summary>
    /// <c>str.lower</c>: Unicode's full mapping, which differs from the simple one in two letters.
    /// U+0130 becomes two code points, and a capital sigma that ends a word becomes U+03C2 (SpecialCasing.txt, Final_Sigma).
    /// </summary>
    public static string ToLower(string text)
    {
        if (text.AsSpan().IndexOfAny('\u0130', '\u03a3') < 0) return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u0130') lower.Append("i\u0307");
            else if (text[i] == '\u03a3') lower.Append(EndsAWord(text, i) ? '\u03c2' : '\u03c3');
            else if (char.IsSurrogatePair(text, i)) lower.Append(text.Substring(i++, 2).ToLowerInvariant());
            else lower.Append(char.ToLowerInvariant(text[i]));
        }

        return lower.ToString();
    }

    /// <summary>
    /// <c>f"{value:.{digits}f}"</c>: the exact binary value is rounded, a tie to the even digit. .NET rounds a tie away from zero.
    /// </summary>
    public static string Fixed(double value, int digits)
    {
        var format = "F" + digits.ToString(CultureInfo.InvariantCulture);
        var scale = Math.Pow(10, digits);
        var scaled = value * scale;
        // A product is a true tie only if it lies half-way and lost nothing to rounding.
        var tie = scaled - Math.Floor(scaled) == 0.5 && Math.FusedMultiplyAdd(value, scale, -scaled) == 0;
        return (tie ? Math.Round(scaled, MidpointRounding.ToEven) / scale : value).ToString(format, CultureInfo.InvariantCulture);
    }

    private static bool EndsAWord(string text, int sigma)
    {
        var before = sigma - 1;
        while (before >= 0 && IsCaseIgnorable(text[before])) before--;
        if (before < 0 || !IsCased(text, before)) return false;
        var after = sigma + 1;
        while (after < text.Length && IsCaseIgnorable(text[after])) after++;
        return after == text.Length || !IsCased(text, after);
    }

    private static bool IsCased(string text, int index)
    {
        if (char.IsLowSurrogate(text[index]) && index > 0) index--; // the category belongs to the pair
        return CharUnicodeInfo.GetUnicodeCategory(text, index)
                is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            || text[index] is '\u00aa' or '\u00ba' or (>= '\u2160' and <= '\u217f') or (>= '\u24b6' and <= '\u24e9');
    }

    // Unicode's Case_Ignorable: marks, formats, modifiers, and the punctuation that may stand inside a word (UAX 29).
    private static bool IsCaseIgnorable(char c) =>
        "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a".Contains(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
