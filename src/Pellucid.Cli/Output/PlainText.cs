using System.Globalization;
using System.Text;

namespace Pellucid.Cli.Output;

/// <summary>Text from a file on its way to a terminal: on one line, and with nothing that steers the terminal or turns its writing around.</summary>
internal static class PlainText
{
    /// <summary>Controls, line separators and marks of direction become U+FFFD; letters of every script stay.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isHarmless = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) && !TurnsAround(rune.Value);
            line.Append(isHarmless ? rune.ToString() : "\uFFFD");
        }
        return line.ToString();
    }

    // The embeddings, overrides and isolates of UAX #9; the joiners that emoji and scripts need stay.
    private static bool TurnsAround(int rune) => rune is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
