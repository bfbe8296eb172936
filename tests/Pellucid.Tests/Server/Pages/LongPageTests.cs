using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Explain;
using Pellucid.Explain.Exports;
using Pellucid.Models.Architectures;
using Pellucid.Models.Generation;
using Pellucid.Server.Pages;
using Pellucid.Tests.Explain;
using Pellucid.Tests.Models.Checkpoints;
using static Microsoft.Playwright.Assertions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>A trace of five hundred tokens, in one file: attention matrices of a quarter of a million cells, and a search of thousands of nodes.</summary>
[Collection(PageCollection.Name)]
public sealed class LongPageTests(PageFixture page, ITestOutputHelper output) : IDisposable
{
    private const int Tokens = 500;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task FiveHundredTokensCanBeWalkedThroughAndTakenApart()
    {
        Chromium.Require();
        var model = TutorialModel.New(TransformerConfig.Tutorial with { MaxLength = 512 });
        string text = "the";
        while (model.Tokenizer.EncodeToIds(text).Length + 1 < Tokens)
            text += " the";
        var options = new TranslateOptions { SplitSentences = false, LongestPart = 512, Decoding = new() { MinimumLength = LengthLimit.Absolute(100), MaximumLength = LengthLimit.Absolute(100) } };
        var found = SentenceExplanation.Of(model, text, options).Single();
        Assert.InRange(found.Trace.Header.Source.Count, Tokens, 512);
        string file = folder.File("long.html");
        File.WriteAllBytes(file, HtmlPage.Make(PageFiles.Parts()!, json => new ExplanationDocument(found.Trace, found.Walk, found.Search).Write(json, TensorData.All)));

        await using var reader = await page.ReaderAsync(new Window(Offline: true));
        await reader.Page.AddInitScriptAsync("window.__tasks = []; new PerformanceObserver(list => { for (const task of list.getEntries()) __tasks.push(task.duration); }).observe({ type: 'longtask', buffered: true });");
        await reader.Page.GotoAsync(new Uri(file).AbsoluteUri + "#/walk/encoder.0.self_attention.weights");
        await reader.SettledAsync();
        await TellAsync(reader, "opened");

        var matrix = reader.Page.Locator("main canvas").First;
        await Expect(matrix).ToBeVisibleAsync();
        Assert.InRange(await reader.Page.Locator("main .canvas td").CountAsync(), 1, 100); // the table beside the canvas is a window of it
        await reader.TabToAsync(".canvas .twin");
        await reader.PressAsync("ArrowDown", "ArrowRight", "ArrowDown", "Enter");
        await Expect(reader.Page.Locator(".provenance .cell-name")).ToContainTextAsync("encoder.0.self_attention.weights[0, 0, 2, 1]");
        await Expect(reader.Page.Locator(".provenance .operand").First).ToBeVisibleAsync();
        await TellAsync(reader, "a cell taken apart");

        foreach (string view in new[] { "walk/encoder.0.self_attention.scores", "walk/output.probabilities", "attention", "search" })
        {
            await reader.TurnToAsync(view);
            await Expect(reader.Page.Locator("main .failure")).ToHaveCountAsync(0);
            await TellAsync(reader, view);
        }
    }

    /// <summary>Told, not judged: a busy machine is no failure. Whatever froze would let the steps above wait in vain.</summary>
    private async Task TellAsync(Reader reader, string what)
    {
        double[] tasks = await reader.Page.EvaluateAsync<double[]>("() => __tasks.splice(0)");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: the longest task held the page for {tasks.DefaultIfEmpty().Max():F0} ms"));
    }
}
