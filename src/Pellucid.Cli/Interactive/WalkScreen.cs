using Pellucid.Explain.Walks;

namespace Pellucid.Cli.Interactive;

/// <summary>The walk on a terminal: draws what the browser shows, and hands it the keys.</summary>
internal sealed class WalkScreen(Terminal terminal, Walk walk, ContentOptions options)
{
    private const string Enter = "\u001b[?1049h\u001b[?25l", Leave = "\u001b[?25h\u001b[?1049l"; // the alternate screen, without cursor

    private readonly bool _hasColours = string.IsNullOrEmpty(terminal.Variable("NO_COLOR"));

    /// <summary>Walks until somebody leaves; false when they left for good.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C; the terminal is as it was.</exception>
    public bool Run(IReadOnlyList<int> steps, CancellationToken cancellation)
    {
        if (steps.Count == 0)
            throw new FailureException("no step is left to show: loosen --layer, --step or --at");
        var browser = new WalkBrowser(walk, steps, options);
        terminal.Output.Write(Enter);
        try
        {
            while (!browser.Ended)
            {
                cancellation.ThrowIfCancellationRequested();
                Draw(browser);
                var key = terminal.Key!(cancellation);
                if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control }) throw new OperationCanceledException();
                browser.Press(key.Key);
            }
        }
        finally
        {
            terminal.Output.Write(Leave);
            terminal.Output.Flush();
        }
        return !browser.Quit;
    }

    private void Draw(WalkBrowser browser)
    {
        var (width, height) = terminal.Size();
        terminal.Output.Write("\u001b[H");
        terminal.Output.Write(string.Join("\u001b[K\r\n", WalkPicture.Of(browser, Math.Max(10, width), Math.Max(5, height)).Select(line => line.Ansi(_hasColours))));
        terminal.Output.Write("\u001b[K\u001b[J");
        terminal.Output.Flush();
    }
}
