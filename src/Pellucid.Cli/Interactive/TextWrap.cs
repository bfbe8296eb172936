using System.Text;
using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Interactive;

/// <summary>Text in lines that a terminal of a given width can show.</summary>
internal static class TextWrap
{
    /// <summary>The lines: broken at blanks, and within a word or between Chinese characters where nothing else fits.</summary>
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        var (line, used, blank) = (new StringBuilder(), 0, -1);
        foreach (var rune in Printable.Escape(text).EnumerateRunes())
        {
            var wide = Printable.Width(rune.ToString());
            if (used + wide > width && line.Length > 0)
            {
                var at = rune.Value == ' ' ? line.Length : blank;
                var rest = at < 0 ? "" : line.ToString(at, line.Length - at).TrimStart(' ');
                lines.Add((at < 0 ? line.ToString() : line.ToString(0, at)).TrimEnd(' '));
                line.Clear().Append(rest);
                (used, blank) = (Printable.Width(rest), -1);
                if (rune.Value == ' ') continue;
            }
            if (rune.Value == ' ') blank = line.Length;
            line.Append(rune.ToString());
            used += wide;
            if (wide == 2) blank = line.Length; // between Chinese characters any place is one to break at
        }
        if (line.Length > 0 || lines.Count == 0) lines.Add(line.ToString());
        return lines;
    }
}
