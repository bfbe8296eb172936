using Microsoft.Playwright;
using Pellucid.Tests.Conventions;
using static Microsoft.Playwright.Assertions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>The README's pictures, taken of the real page: <c>PELLUCID_SCREENSHOTS=1</c> writes them into docs/images.</summary>
[Collection(PageCollection.Name)]
public sealed class PageScreenshots(PageFixture page)
{
    private static bool Wanted => Environment.GetEnvironmentVariable("PELLUCID_SCREENSHOTS") == "1";

    [Theory]
    [InlineData("walk", "walk/decoder.0.cross_attention.weights", "en", false)]
    [InlineData("walk-zh", "walk/encoder.0.self_attention.scaled", "zh", true)]
    [InlineData("attention", "attention", "en", false)]
    [InlineData("search", "search", "en", false)]
    [InlineData("masks", "masks", "en", false)]
    [InlineData("positions", "positions", "en", false)]
    [InlineData("words", "tours/words/14", "en", false)]
    public async Task AView(string name, string view, string language, bool dark)
    {
        Assert.SkipUnless(Wanted, "PELLUCID_SCREENSHOTS=1 takes the README's pictures");
        await using var reader = await page.ReaderAsync(new Window(Language: language, Dark: dark, Scale: 1.5f));
        await reader.GoAsync(view, "You are very welcome.");
        if (view == "positions")
        {
            await reader.Page.Locator("section.part").First.EvaluateAsync("part => part.scrollIntoView()");
        }
        if (name == "words")
        {
            await reader.Page.Locator("article h3").EvaluateAsync("heading => heading.scrollIntoView()");
        }

        await SaveAsync(reader, name);
    }

    [Fact]
    public async Task ACellTakenApart()
    {
        Assert.SkipUnless(Wanted, "PELLUCID_SCREENSHOTS=1 takes the README's pictures");
        await using var reader = await page.ReaderAsync(new Window(Scale: 1.5f));
        await reader.GoAsync("walk/encoder.0.self_attention.scores", "You are very welcome.");
        await reader.Page.Locator("table.cells tbody td").Nth(1).ClickAsync();
        await reader.Page.Mouse.MoveAsync(0, 0); // no cell is hovered in the picture
        await Expect(reader.Page.Locator(".provenance .operand").First).ToBeVisibleAsync();
        await reader.SettledAsync();
        await SaveAsync(reader, "provenance");
    }

    [Fact]
    public async Task AHeadSwitchedOff()
    {
        Assert.SkipUnless(Wanted, "PELLUCID_SCREENSHOTS=1 takes the README's pictures");
        await using var reader = await page.ReaderAsync(new Window(Height: 1100, Scale: 1.5f));
        await reader.GoAsync("edit", "You are welcome.");
        var main = reader.Page.Locator("main");
        await main.GetByRole(AriaRole.Button, new() { Name = "Example: find a head that matters" }).ClickAsync();
        await Expect(main.GetByText("The translation changes.")).ToBeVisibleAsync();
        await reader.SettledAsync();
        await main.Locator(".edits").EvaluateAsync("list => window.scrollBy(0, list.getBoundingClientRect().top - 24)");
        await reader.Page.Mouse.MoveAsync(0, 0);
        await SaveAsync(reader, "edit");
    }

    [Fact]
    public async Task AStepOfTraining()
    {
        Assert.SkipUnless(Wanted, "PELLUCID_SCREENSHOTS=1 takes the README's pictures");
        await using var reader = await page.ReaderAsync(new Window(Height: 1100, Scale: 1.5f));
        await reader.GoAsync("learning", "You are very welcome.");
        await reader.Page.GetByRole(AriaRole.Button, new() { Name = "Take the step" }).ClickAsync();
        await Expect(reader.Page.Locator(".stations")).ToBeVisibleAsync();
        await reader.SettledAsync();
        await SaveAsync(reader, "learning");
    }

    private static Task SaveAsync(Reader reader, string name) =>
        reader.Page.ScreenshotAsync(new() { Path = Repository.At("docs", "images", name + ".png") });
}
