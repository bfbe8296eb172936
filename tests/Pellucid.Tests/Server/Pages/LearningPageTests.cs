using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Server;
using Pellucid.Tests.Explain.Runs;
using Pellucid.Tests.Translators;
using static Microsoft.Playwright.Assertions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>Training on the page: the checkpoints of a run that the test itself trained, and one step from the loss to the new weights.</summary>
[Collection(PageCollection.Name)]
public sealed class LearningPageTests(PageFixture page, RunHistoryTests.TrainedRun run) : IClassFixture<RunHistoryTests.TrainedRun>
{
    private const string Sentence = "I see the house.";

    [Fact]
    public async Task TheSliderTakesTheSameMatrixThroughTheCheckpointsAndTheMarkerAlongTheLoss()
    {
        await using var server = await StartAsync();
        await using var reader = await page.ReaderAsync(address: server.Address);
        await reader.GoAsync("learning", Sentence);
        var main = reader.Page.Locator("main");
        var curve = main.GetByRole(AriaRole.Slider, new() { Name = "Loss", Exact = true });
        var slider = main.GetByRole(AriaRole.Slider, new() { Name = "Checkpoint" });
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", "step 12");
        await main.GetByLabel("Matrix").SelectOptionAsync("encoder.0.self_attention.weights");
        await reader.SettledAsync();
        var seen = new List<(string Cells, double Marker)>();
        await reader.TabToAsync("input[type=range]");
        foreach (int step in (int[])[12, 8, 4])
        {
            await Expect(slider).ToHaveAttributeAsync("aria-valuetext", string.Create(CultureInfo.InvariantCulture, $"step {step}"));
            await Expect(curve).ToHaveAttributeAsync("aria-valuenow", step.ToString(CultureInfo.InvariantCulture));
            await Expect(main.GetByLabel("Matrix")).ToHaveValueAsync("encoder.0.self_attention.weights"); // the choice stays
            await reader.SettledAsync();
            string cells = string.Join(' ', await main.GetByRole(AriaRole.Grid).Last.Locator("tbody td").AllInnerTextsAsync());
            seen.Add((cells, await curve.Locator(".curves-cursor").EvaluateAsync<double>("line => line.x1.baseVal.value")));
            await reader.PressAsync("ArrowLeft");
        }

        Assert.Equal(3, seen.Select(each => each.Cells).Distinct().Count());
        Assert.Equal(seen.OrderByDescending(each => each.Marker), seen); // from right to left
        string[] axes = [.. await curve.Locator(".curves-name").AllTextContentsAsync()];
        Assert.Equal(["Loss (nats per target token)", "Training step"], axes);
        Assert.InRange(await curve.Locator(".curves-x").CountAsync(), 2, 20);
        string told = await main.Locator($"[id='{await curve.GetAttributeAsync("aria-describedby")}']").TextContentAsync() ?? "";
        Assert.Matches(@"training loss: from [\d.]+ at Training step 1 to [\d.]+ at Training step 12; lowest", told);
        Assert.Equal("", await reader.BarriersAsync("learning, checkpoints"));
    }

    [Fact]
    public async Task AStepOfTrainingIsTakenApartFromTheLossToTheNewWeight()
    {
        await using var server = await StartAsync();
        await using var reader = await page.ReaderAsync(address: server.Address);
        await reader.GoAsync("learning", Sentence);
        var main = reader.Page.Locator("main");
        await main.GetByLabel("The translation to learn").FillAsync("yo ver la casa.");
        await main.GetByLabel("The translation to learn").PressAsync("Enter");
        await Expect(main.Locator(".stations")).ToBeVisibleAsync();
        await reader.SettledAsync();

        // Adam: from the old weight over m, v and the step to the new weight.
        string[] labels = [.. await main.Locator(".stations th").AllInnerTextsAsync()];
        Assert.Equal(
            ["Old weight", "Gradient ∂L/∂w", "Gradient as Adam takes it, g", "Mean before, m", "Mean, m", "Mean of squares before, v", "Mean of squares, v", "Corrected mean, m̂", "Corrected mean of squares, v̂", "Step, Δ", "New weight"],
            labels);
        double[] numbers = [.. (await main.Locator(".stations .operand").AllInnerTextsAsync()).Select(text => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture))];
        Assert.Equal(labels.Length, numbers.Length);
        Assert.NotEqual(0, numbers[9]);
        Assert.Equal(numbers[0] + numbers[9], numbers[10], Math.Abs(numbers[0]) * 1e-6 + 1e-9); // no decay of the weights in this recipe

        // A gradient just before the logits: by keyboard from operand to operand until the loss stands there.
        string[] order = [.. await main.Locator(".flow button .name").AllInnerTextsAsync()];
        Assert.StartsWith("loss.", order[0], StringComparison.Ordinal);
        await main.Locator(".flow button").Nth(Array.IndexOf(order, "gradient:output.logits") + 1).ClickAsync();
        await reader.SettledAsync();
        var grid = main.Locator(".backwards").GetByRole(AriaRole.Grid);
        await grid.Locator("td[tabindex='0']").FocusAsync();
        await reader.PressAsync("Enter");
        var crumbs = reader.Page.Locator(".provenance .crumbs li");
        for (int level = 1; level <= 3; level++)
        {
            await Expect(reader.Page.Locator(".provenance .cell-value")).ToBeVisibleAsync();
            var operands = reader.Page.Locator(".provenance .operand");
            await Expect(operands.First).ToBeVisibleAsync();
            string[] names = [.. await operands.Locator(".unseen").AllTextContentsAsync()];
            int next = Array.FindIndex(names, name => name.Contains("loss.", StringComparison.Ordinal));
            next = next >= 0 ? next : Array.FindIndex(names, name => name.Contains("gradient:", StringComparison.Ordinal));
            await operands.Nth(Math.Max(0, next)).FocusAsync();
            await reader.PressAsync("Enter");
            await Expect(crumbs).ToHaveCountAsync(level + 1);
        }

        string trail = string.Join(" > ", await crumbs.AllInnerTextsAsync());
        Assert.Matches(@"^\S+\[.+\] > gradient:output\.logits\[.+\] > (gradient:)?loss\.\w+\[.*\] > ", trail);
        Assert.Equal("", await reader.BarriersAsync("learning, a step"));
    }

    private Task<PellucidServer> StartAsync()
    {
        Chromium.Require();
        return PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, RunFolder = run.Path, Timeout = TimeSpan.FromMinutes(5) });
    }
}
