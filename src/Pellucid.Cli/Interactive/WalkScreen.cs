using Pellucid.Explain.Walks;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pellucid.Cli.Interactive;

/// <summary>The walk on a terminal: draws what the browser shows, and hands it the keys.</summary>
internal sealed class WalkScreen
{
    private readonly Terminal _terminal;
    private readonly Walk _walk;
    private readonly ContentOptions _options;
    private readonly IAnsiConsole _console;

    public WalkScreen(Terminal terminal, Walk walk, ContentOptions options)
    {
        (_terminal, _walk, _options) = (terminal, walk, options);
        var colours = string.IsNullOrEmpty(terminal.Variable("NO_COLOR")) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = colours, Out = new AnsiConsoleOutput(terminal.Output) });
    }

    /// <summary>Walks until somebody leaves; false when they left for good.</summary>
    public bool Run(IReadOnlyList<int> steps, CancellationToken cancellation)
    {
        var browser = new WalkBrowser(_walk, steps, _options);
        if (steps.Count == 0)
            throw new FailureException("no step is left to show: loosen --layer, --step or --at");
        _terminal.Output.Write("\u001b[?1049h\u001b[?25l"); // the alternate screen, without cursor
        try
        {
            while (!browser.Ended)
            {
                cancellation.ThrowIfCancellationRequested();
                Draw(browser);
                browser.Press(_terminal.Key!().Key);
            }
        }
        finally
        {
            _terminal.Output.Write("\u001b[?25h\u001b[?1049l");
            _terminal.Output.Flush();
        }
        return !browser.Quit;
    }

    private void Draw(WalkBrowser browser)
    {
        _terminal.Output.Write("\u001b[H\u001b[2J");
        _console.Write(Picture(browser));
        _terminal.Output.Flush();
    }

    /// <summary>One screen.</summary>
    internal static IRenderable Picture(WalkBrowser browser)
    {
        var content = browser.Content;
        var parts = new List<IRenderable> { new Markup($"[bold]{Safe(content.Heading)}[/]") };
        if (!content.Heading.StartsWith(content.Id, StringComparison.Ordinal)) parts.Add(new Markup($"[dim]{Safe(content.Id)}[/]"));
        parts.AddRange(content.Sentences.Select(sentence => new Markup(Safe(sentence))));
        parts.AddRange(content.Facts.Select(fact => new Markup($"[dim]{Safe(fact.Name)}[/]  [green]{Safe(fact.Text)}[/]")));
        if (content.Table is { } table)
            parts.Add(Picture(table, browser.Cursor, browser.Depth > 0));
        parts.AddRange(content.Notes.Select(note => new Markup($"[dim]{Safe(note)}[/]")));
        parts.AddRange(content.Examples.Select(example => new Markup($"{Safe(example.Name)} {Safe(example.Text)}")));
        parts.Add(new Markup($"\n[dim]{Safe(browser.Options.Language["terminal.keys"])}[/]"));
        return new Rows(parts);
    }

    private static Table Picture(ContentTable table, (int Row, int Column) cursor, bool wholeRow)
    {
        var picture = new Table { Border = TableBorder.Simple };
        for (int column = 0; column < table.Headings.Count; column++)
        {
            var heading = new TableColumn(new Markup($"[bold]{Safe(table.Headings[column])}[/]")) { Alignment = table.IsNumber[column] ? Justify.Right : Justify.Left };
            picture.AddColumn(heading);
        }
        for (int row = 0; row < table.Rows.Count; row++)
        {
            var cells = table.Rows[row].Select((cell, column) =>
                row == cursor.Row && (wholeRow || column == Math.Min(cursor.Column + 1, table.Headings.Count - 1)) ? $"[invert]{Safe(cell)}[/]" : Safe(cell));
            picture.AddRow(cells.Select(cell => new Markup(cell)));
        }
        return picture;
    }

    private static string Safe(string text) => Markup.Escape(Printable.Escape(text));
}
