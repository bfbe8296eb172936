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

    [Theory]
    [InlineData(80, 24), InlineData(120, 40), InlineData(40, 20), InlineData(10, 5)]
    public void EveryStepAndEveryCellFitsTheScreen(int width, int height)
    {
        var browser = Browser();
        void Fits()
        {
            var lines = WalkPicture.Of(browser, width, height);
            Assert.True(lines.Count <= height || height < 8, $"{browser.Content.Id}: {lines.Count} lines");
            Assert.All(lines, line => Assert.True(Printable.Width(line.Text) <= width, $"{browser.Content.Id}: {line.Text}"));
        }
        for (int i = 0; i < Walk.Steps.Count; i++)
        {
            if (i == Walk.Steps.Count / 2)
                Press(browser, ConsoleKey.L);
            Fits();
            Press(browser, ConsoleKey.Enter);
            Fits();
            if (browser.Depth > 0)
                Press(browser, ConsoleKey.Escape);
            Press(browser, ConsoleKey.Tab, ConsoleKey.Tab, ConsoleKey.DownArrow, ConsoleKey.DownArrow);
            Fits();
            Press(browser, ConsoleKey.RightArrow);
        }
    }

    [Fact]
    public void TheCursorIsSeenAndBehindTheTableTheRestOfTheStepFollows()
    {
        var browser = Browser();
        Go(browser, "encoder.0.self_attention.weights");
        Assert.Contains(WalkPicture.Of(browser, 80, 24), line => line.Text.Contains("more lines below", StringComparison.Ordinal));
        for (int i = 0; i < 100; i++)
        {
            Press(browser, ConsoleKey.DownArrow);
            var lines = WalkPicture.Of(browser, 80, 24);
            Assert.True(browser.Scrolled > 0 || browser.Cursor.Row == 0 || lines.Any(line => line.IsMarked));
        }
        Assert.DoesNotContain(WalkPicture.Of(browser, 80, 24), line => line.Text.Contains("more lines below", StringComparison.Ordinal));
        Assert.Contains(WalkPicture.Of(browser, 80, 24), line => line.Text.EndsWith("sum", StringComparison.Ordinal) || line.Text.EndsWith('»'));
        for (int i = 0; i < 100; i++)
            Press(browser, ConsoleKey.UpArrow);
        Assert.Equal((0, 0), (browser.Cursor.Row, browser.Scrolled));
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
