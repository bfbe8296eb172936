using Pellucid.Cli.Interactive;
using Pellucid.Explain.Walks;
using Pellucid.Tests.Explain;

namespace Pellucid.Tests.Cli;

public sealed class WalkBrowserTests
{
    private static readonly Walk Walk = TutorialModel.Explained.Walk;

    [Fact]
    public void ArrowsMoveBetweenStepsAndPageKeysBetweenSections()
    {
        var browser = Browser();
        Assert.Equal("source.text", browser.Content.Id);
        Press(browser, ConsoleKey.LeftArrow, ConsoleKey.RightArrow, ConsoleKey.RightArrow);
        Assert.Equal("source.ids", browser.Content.Id);
        Press(browser, ConsoleKey.PageDown);
        Assert.Equal("encoder.embedding.rows", browser.Content.Id);
        Press(browser, ConsoleKey.End);
        Assert.Equal("search.result", browser.Content.Id);
        Press(browser, ConsoleKey.Home, ConsoleKey.PageUp);
        Assert.Equal("source.text", browser.Content.Id);
    }

    [Fact]
    public void EnterOpensTheCellUnderTheCursorAndThenItsOperandsDownToAWeight()
    {
        var browser = Browser();
        Go(browser, "encoder.0.self_attention.scores");
        Press(browser, ConsoleKey.DownArrow, ConsoleKey.Tab, ConsoleKey.Tab, ConsoleKey.Enter);
        Assert.Equal("encoder.0.self_attention.scores[0,0,1,2]", browser.Content.Id);
        Press(browser, ConsoleKey.Enter);
        Assert.Equal("encoder.0.self_attention.query_heads[0,1,0,0]", browser.Content.Id);
        Press(browser, ConsoleKey.Enter);
        Assert.Equal("encoder.0.self_attention.query[0,1,0]", browser.Content.Id);
        Press(browser, ConsoleKey.DownArrow, ConsoleKey.Enter);
        Assert.Equal("encoder.layers.0.self_attention.query.weight[0,0]", browser.Content.Id);
        Assert.Equal(4, browser.Depth);
        Press(browser, ConsoleKey.Enter); // a weight comes from nowhere
        Assert.Equal(4, browser.Depth);
        Press(browser, ConsoleKey.Escape, ConsoleKey.Escape, ConsoleKey.Escape, ConsoleKey.Escape);
        Assert.Equal(("encoder.0.self_attention.scores", 0), (browser.Content.Id, browser.Depth));
        Press(browser, ConsoleKey.Escape);
        Assert.Equal((true, false), (browser.Ended, browser.Quit));
    }

    [Fact]
    public void HeadsAndLanguagesGoRound()
    {
        var browser = Browser();
        Go(browser, "encoder.0.self_attention.weights");
        Assert.Contains("head 0 of 2, counted from 0", browser.Content.Notes);
        Press(browser, ConsoleKey.H);
        Assert.Contains("head 1 of 2, counted from 0", browser.Content.Notes);
        Press(browser, ConsoleKey.H, ConsoleKey.L);
        Assert.Contains("头 0（从 0 数起，共 2 个头）", browser.Content.Notes);
    }

    [Fact]
    public void EveryStepAndEveryCellOfTheWalkIsDrawn()
    {
        var browser = Browser();
        using var output = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(new() { Ansi = Spectre.Console.AnsiSupport.No, Out = new Spectre.Console.AnsiConsoleOutput(output) });
        for (int i = 0; i < Walk.Steps.Count; i++)
        {
            console.Write(WalkScreen.Picture(browser));
            Press(browser, ConsoleKey.Enter);
            console.Write(WalkScreen.Picture(browser));
            Press(browser, browser.Depth > 0 ? ConsoleKey.Escape : ConsoleKey.Tab, ConsoleKey.RightArrow);
        }
        Assert.True(output.ToString().Length > 100_000);
    }

    private static WalkBrowser Browser() => new(Walk, [.. Enumerable.Range(0, Walk.Steps.Count)], new ContentOptions());

    private static void Go(WalkBrowser browser, string id)
    {
        Press(browser, ConsoleKey.Home);
        for (int i = 0; i < Walk.Steps.Count && browser.Content.Id != id; i++)
            Press(browser, ConsoleKey.RightArrow);
        Assert.Equal(id, browser.Content.Id);
    }

    private static void Press(WalkBrowser browser, params ConsoleKey[] keys)
    {
        foreach (var key in keys)
            browser.Press(key);
    }
}
