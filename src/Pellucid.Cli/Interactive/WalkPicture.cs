using Pellucid.Explain.Languages;
using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Interactive;

/// <summary>One screen: where one stands at the top, the keys at the bottom, between them as much of the step as fits, the cursor always within.</summary>
internal static class WalkPicture
{
    /// <summary>Exactly so many lines at most, none wider than the screen.</summary>
    public static IReadOnlyList<ScreenLine> Of(WalkBrowser browser, int width, int height)
    {
        var (content, language) = (browser.Content, browser.Options.Language);
        List<ScreenLine> head = [new ScreenLine().Add(Printable.Fit(content.Heading, width), Look.Bold)];
        if (!content.Heading.StartsWith(content.Id, StringComparison.Ordinal)) head.Add(new ScreenLine().Add(Printable.Fit(content.Id, width), Look.Dim));
        List<ScreenLine> foot = [.. TextWrap.Lines(language["terminal.keys"], width).Select(line => new ScreenLine().Add(line, Look.Dim))];
        var body = Body(content, browser, width);
        var room = Math.Max(1, height - head.Count - foot.Count - 1);
        browser.KeepWithin(Math.Max(0, body.Count - room));
        var cursor = browser.Cursor == (0, 0) ? -1 : body.FindIndex(line => line.IsMarked);
        var start = Math.Clamp(Math.Max(0, cursor - room + 1) + browser.Scrolled, 0, Math.Max(0, body.Count - room));
        var left = body.Count - start - room;
        return
        [
            .. head, .. body.Skip(start).Take(room),
            new ScreenLine().Add(left > 0 ? Printable.Fit(language.Text("terminal.more_below", ("count", left)), width) : "", Look.Dim), .. foot,
        ];
    }

    private static List<ScreenLine> Body(StepContent content, WalkBrowser browser, int width)
    {
        var lines = new List<ScreenLine>();
        void Wrapped(string text, Look look = Look.Plain) => lines.AddRange(TextWrap.Lines(text, width).Select(line => new ScreenLine().Add(line, look)));
        foreach (var sentence in content.Sentences) Wrapped(sentence);
        foreach (var (name, text) in content.Facts) Wrapped($"{name}  {text}", Look.Green);
        if (content.Table is { } table)
        {
            var column = Math.Min(browser.Cursor.Column + 1, table.Headings.Count - 1);
            lines.AddRange(ScreenTable.Of(table, (browser.Cursor.Row, column), browser.Depth > 0, width));
            if (browser.Cursor.Row < table.Rows.Count && table.Rows[browser.Cursor.Row][column] is var cell && Printable.Width(cell) > width / 2)
                Wrapped(cell, Look.Dim); // may be cut in the table
        }
        foreach (var note in content.Notes) Wrapped(note, Look.Dim);
        foreach (var (caption, part) in content.Parts)
        {
            Wrapped(caption);
            // The columns move with the cursor, so that the sum behind the last one is reached as well.
            lines.AddRange(ScreenTable.Of(part, (-1, browser.Cursor.Column == 0 ? 1 : browser.Cursor.Column + 3), false, width));
        }
        foreach (var (name, text) in content.Examples) Wrapped($"{name} {text}".Trim());
        return lines;
    }
}
