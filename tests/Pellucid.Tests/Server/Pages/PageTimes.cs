using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>
/// How long a reader waits, measured with the tool as it is shipped and a real browser: <c>PELLUCID_TIMES=1</c> prints medians of five starts. Times are benchmarks, so nothing here fails for being slow;
/// docs/server.md tells what came out.
/// </summary>
public sealed class PageTimes
{
    private const int Starts = 5;

    // 43 tokens of models/en-es.
    private const string Sentence = "This morning my sister and her friends walked along the river to the old market, where they bought fresh bread, cheese and apples for the children who were waiting at home in the garden behind the house";

    private readonly SortedDictionary<string, List<double>> times = new(StringComparer.Ordinal);

    private static bool Wanted => Environment.GetEnvironmentVariable("PELLUCID_TIMES") == "1";

    [Fact]
    public async Task TheServerAnswers()
    {
        Assert.SkipUnless(Wanted, "PELLUCID_TIMES=1 measures how long a reader waits");
        for (int start = 0; start < Starts; start++)
        {
            await ServedAsync(address => AskAsync(address, "at once"));
            await ServedAsync(async address =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2)); // the time it takes to go to the browser
                await AskAsync(address, "two seconds later");
            });
        }
        Tell();
    }

    [Fact]
    public async Task ThePageOpensAndShowsASentence()
    {
        Assert.SkipUnless(Wanted, "PELLUCID_TIMES=1 measures how long a reader waits");
        Chromium.Require();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        await VisitAsync(browser, new Uri("about:blank"), null); // the browser itself is warm
        for (int start = 0; start < Starts; start++)
            await ServedAsync(async address =>
            {
                await VisitAsync(browser, address, "page, first visit");
                await VisitAsync(browser, address, "page, second visit");
            });
        Tell();
    }

    private void Tell()
    {
        Assert.NotEmpty(times);
        foreach (var (what, seconds) in times)
        {
            double[] sorted = [.. seconds.Order()];
            Assert.Equal(Starts, sorted.Length);
            TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-44} {sorted[sorted.Length / 2]:0.00} s ({sorted[0]:0.00} to {sorted[^1]:0.00})"));
        }
    }

    private void Took(string what, Stopwatch watch) => (times.TryGetValue(what, out var list) ? list : times[what] = []).Add(watch.Elapsed.TotalSeconds);

    /// <summary>The server's part: an explanation, and the same once more.</summary>
    private async Task AskAsync(Uri address, string when)
    {
        using var client = new HttpClient { BaseAddress = address };
        foreach (string which in new[] { "first", "second" })
        {
            var watch = Stopwatch.StartNew();
            using var response = await client.PostAsync("api/explanations", Running.Json($$"""{"text":"{{Sentence}}"}"""));
            Assert.NotEmpty(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
            Took($"server, {which} explanation, {when}", watch);
        }
    }

    /// <summary>The page in a window that has never seen it: until it can be written in, and until the sentence is shown.</summary>
    private async Task VisitAsync(IBrowser browser, Uri address, string? what)
    {
        await using var context = await browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        var page = await context.NewPageAsync();
        if (what is null)
        {
            await page.GotoAsync(address.ToString());
            return;
        }
        var watch = Stopwatch.StartNew();
        await page.GotoAsync($"{address}?text={Uri.EscapeDataString(Sentence)}#/walk/encoder.0.self_attention.weights", new() { WaitUntil = WaitUntilState.Commit });
        await page.Locator("textarea").WaitForAsync();
        Took(what + ", open", watch);
        await page.Locator("main table.cells td, main canvas").First.WaitForAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('[aria-busy=true]') === null");
        Took(what + ", sentence shown", watch);
    }

    private static async Task ServedAsync(Func<Uri, Task> visit)
    {
        // A fresh process each time: a warm one would tell nothing of a start.
        using var process = Process.Start(new ProcessStartInfo(Repository.At("pellucid"), ["serve", "--port", "0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            string line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
            await visit(new Uri(line));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
