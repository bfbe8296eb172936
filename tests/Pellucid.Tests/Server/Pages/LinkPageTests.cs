using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>Which sentence the page opens with, and how long that takes.</summary>
[Collection(PageCollection.Name)]
public sealed class LinkPageTests(PageFixture page, ITestOutputHelper output)
{
    private const string FortyTokens =
        "The old man who lives in the small house near the river goes to the market every morning because he wants to buy fresh bread and some good cheese for his wife and for his children.";

    [Fact]
    public async Task WithoutALinkItExplainsTheExampleAndTheAddressStaysBare()
    {
        await using var reader = await page.ReaderAsync();
        await reader.Page.GotoAsync("");
        await Expect(reader.Page.Locator(".spoken")).ToContainTextAsync("De nada.");
        Assert.Equal(page.Address.ToString(), reader.Page.Url);
    }

    [Theory]
    [InlineData("#text=I%20see%20the%20house.", "I see the house.")]
    [InlineData("?text=I+see+the+house.", "I see the house.")]
    [InlineData("#text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "<img src=x onerror=alert(1)>")]
    [InlineData("#text=%E0%A4%A", "You are welcome.")] // no text: broken percent signs
    public async Task ALinkOpensItsSentenceAsText(string link, string text)
    {
        await using var reader = await page.ReaderAsync();
        bool asked = false;
        reader.Page.Dialog += (_, dialog) => { asked = true; _ = dialog.DismissAsync(); };
        await reader.Page.GotoAsync(link);
        await Expect(reader.Page.Locator(".spoken bdi").First).ToHaveTextAsync(text);
        await reader.SettledAsync();
        Assert.False(asked);
        Assert.Equal(0, await reader.Page.Locator("img").CountAsync());
    }

    [Fact]
    public async Task TheAddressFollowsTheSentenceAndTheWindowRemembersIt()
    {
        await using var reader = await page.ReaderAsync();
        await reader.GoAsync("attention");
        await reader.Page.GetByLabel("A sentence to explain", new() { Exact = true }).Last.FillAsync("I see the house.");
        await reader.PressAsync("Enter");
        await Expect(reader.Page.Locator(".spoken bdi").First).ToHaveTextAsync("I see the house.");
        await Expect(reader.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?text=I%20see%20the%20house\.#/attention$"));

        await reader.Page.ReloadAsync(); // the address alone is enough
        await Expect(reader.Page.Locator(".spoken bdi").First).ToHaveTextAsync("I see the house.");
        await reader.Page.GotoAsync(""); // and so is the window
        await Expect(reader.Page.Locator(".spoken bdi").First).ToHaveTextAsync("I see the house.");

        await reader.Page.EvaluateAsync("() => { location.hash = '#text=Good%20morning.'; }"); // a link pasted into an open page
        await Expect(reader.Page.Locator(".spoken bdi").First).ToHaveTextAsync("Good morning.");
    }

    /// <summary>Told, not judged: a busy machine is no failure. The marks are the browser's own clock since the address was opened.</summary>
    [Theory]
    [InlineData("You are welcome.")]
    [InlineData(FortyTokens)]
    public async Task ItTellsWhenTheFirstStepStands(string text)
    {
        await using var reader = await page.ReaderAsync();
        await reader.GoAsync("walk/encoder.0.self_attention.query", text);
        double[] marks = await reader.Page.EvaluateAsync<double[]>("() => performance.getEntriesByName('pellucid-step').map(mark => mark.startTime)");
        Assert.Single(marks);
        int tokens = await reader.Page.Locator(".sentences .tokens").First.Locator("li").CountAsync();
        output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{text.Length} characters, {tokens} tokens in sight: the first step stands after {marks[0]:F0} ms"));
    }
}
