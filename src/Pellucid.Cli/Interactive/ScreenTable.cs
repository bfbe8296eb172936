using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Interactive;

/// <summary>A table in the width of a screen: the first column stays, of the others those around the cursor that fit.</summary>
internal static class ScreenTable
{
    private const int Gap = 2;

    /// <summary>The heading and the rows; « and » say that there is more at a side.</summary>
    /// <param name="cursor">The cell to mark, its column among all columns; a row of -1 marks none.</param>
    /// <param name="wholeRow">Marks the row of the cursor.</param>
    public static IReadOnlyList<ScreenLine> Of(ContentTable table, (int Row, int Column) cursor, bool wholeRow, int width)
    {
        var widest = Math.Max(4, width - Gap - Gap);
        var cells = table.Rows.Prepend(table.Headings).Select(row => row.Select(cell => Printable.Fit(cell, widest)).ToArray()).ToArray();
        var widths = Enumerable.Range(0, table.Headings.Count).Select(column => cells.Max(row => Printable.Width(row[column]))).ToArray();
        if (table.Headings.Count > 1) widths[0] = Math.Min(widths[0], Math.Max(4, width / 2 - Gap));
        var (first, last) = Window(widths, cursor.Column, width);
        var lines = new List<ScreenLine>();
        for (var row = 0; row < cells.Length; row++)
        {
            var isMarked = row > 0 && cursor.Row == row - 1;
            var line = new ScreenLine().Add(Aligned(cells[row][0], widths[0], table.IsNumber[0]), row == 0 ? Look.Bold : isMarked && wholeRow ? Look.Inverse : Look.Plain);
            line.Add(first > 1 ? "« " : "  ", Look.Dim);
            for (var column = first; column <= last; column++)
            {
                if (column > first) line.Add("  ", isMarked && wholeRow ? Look.Inverse : Look.Plain);
                var room = Math.Min(widths[column], width - widths[0] - Gap - Gap);
                line.Add(Aligned(cells[row][column], room, table.IsNumber[column]), row == 0 ? Look.Bold : isMarked && (wholeRow || column == cursor.Column) ? Look.Inverse : Look.Plain);
            }
            lines.Add(last < widths.Length - 1 ? line.Add(" »", Look.Dim) : line);
        }
        return lines;
    }

    // From the first column on as long as the one with the cursor is among them.
    private static (int First, int Last) Window(int[] widths, int column, int width)
    {
        column = Math.Clamp(column, Math.Min(1, widths.Length - 1), widths.Length - 1);
        for (var first = Math.Min(1, widths.Length); ; first++)
        {
            var (last, used) = (first - 1, widths[0] + Gap);
            while (last + 1 < widths.Length && used + widths[last + 1] + (last + 2 < widths.Length ? Gap : 0) <= width)
                used += widths[++last] + Gap;
            if (last >= column || first >= column)
                return (first, Math.Max(last, Math.Min(first, widths.Length - 1)));
        }
    }

    private static string Aligned(string cell, int width, bool isNumber)
    {
        var text = Printable.Fit(cell, width);
        var blanks = new string(' ', width - Printable.Width(text));
        return isNumber ? blanks + text : text + blanks;
    }
}
