using System.Globalization;
using System.Text;

namespace Pellucid.Explain.Walks;

/// <summary>Texts of strangers on their way to a terminal: nothing that steers it gets through, and columns are counted as it counts them.</summary>
internal static class Printable
{
    /// <summary>
    /// The text with every character that a terminal would obey instead of show written as <c>\u{1b}</c>: control characters, marks of writing direction, line separators,
    /// invisible fillers and halves of surrogate pairs. Letters of all scripts and emoji stay.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.EnumerateRunes().Any(Steers) && IsWellFormed(text))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        for (int at = 0; at < text.Length;)
        {
            bool isRune = Rune.TryGetRuneAt(text, at, out var rune);
            if (isRune && !Steers(rune))
                escaped.Append(text, at, rune.Utf16SequenceLength);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{(isRune ? rune.Value : text[at]):x}}}");
            at += isRune ? rune.Utf16SequenceLength : 1;
        }
        return escaped.ToString();
    }

    /// <summary>The columns that a terminal gives the text: two for the wide letters of East Asia and emoji, none for what combines with the letter before.</summary>
    public static int Width(string text)
    {
        int width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Width(rune);
        return width;
    }

    /// <summary>Escaped, and cut to so many columns with … at the end.</summary>
    public static string Fit(string text, int columns)
    {
        text = Escape(text.Length > 4 * columns ? text[..(4 * columns)] : text);
        if (Width(text) <= columns)
            return text;
        var cut = new StringBuilder();
        int width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += Width(rune);
            if (width > columns - 1)
                break;
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }

    /// <summary>At most so many UTF-16 units, whole characters, with … where something was cut; not escaped.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");
    }

    private static bool IsWellFormed(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return false;
            at++;
        }
        return true;
    }

    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format && rune.Value is not (0x200C or 0x200D)
        || rune.Value is 0x115F or 0x1160 or 0x3164 or 0xFFA0;

    private static int Width(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0x303E or >= 0x3041 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE6F
            or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1F64F or >= 0x1F680 and <= 0x1F6FF or >= 0x1F900 and <= 0x1F9FF or >= 0x20000 and <= 0x3FFFD => 2,
        _ => 1,
    };
}
