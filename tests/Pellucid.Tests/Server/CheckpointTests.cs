using System.Net;
using System.Text.Json;
using Pellucid.Server;
using Pellucid.Tensors;
using Pellucid.Tests.Explain.Runs;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

/// <summary>The checkpoints of a real run, served beside a model.</summary>
public sealed class CheckpointTests(RunHistoryTests.TrainedRun run) : IClassFixture<RunHistoryTests.TrainedRun>
{
    [Fact]
    public async Task TheSameSentenceGoesThroughEveryCheckpoint()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, RunFolder = run.Path });
        using var client = new HttpClient { BaseAddress = server.Address };
        using var list = JsonDocument.Parse(await client.GetStringAsync("api/checkpoints"));
        Assert.Equal([4, 8, 12], list.RootElement.GetProperty("checkpoints").EnumerateArray().Select(checkpoint => checkpoint.GetProperty("step").GetInt32()));
        var metrics = list.RootElement.GetProperty("metrics").EnumerateArray().ToDictionary(point => point.GetProperty("step").GetInt32());
        Assert.True(metrics[8].GetProperty("training_loss").GetDouble() > 0);
        var seen = new List<string>();
        for (int number = 0; number < 3; number++)
        {
            using var response = await client.PostAsync($"api/checkpoints/{number}/explanations", Running.Json("""{"text":"I see the house."}"""));
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            Assert.Equal(new[] { 4, 8, 12 }[number], document.RootElement.GetProperty("checkpoint").GetInt32());
            seen.Add(Convert.ToBase64String(await client.GetByteArrayAsync($"api/explanations/{document.RootElement.GetProperty("id").GetString()}/tensors/encoder.0.self_attention.weights")));
        }
        Assert.Equal(3, seen.Distinct().Count());
        using var none = await client.PostAsync("api/checkpoints/3/explanations", Running.Json("""{"text":"I see the house."}"""));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Contains("it has 3, counted from 0", await none.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task CheckpointsMultiplyInThePrecisionThatWasAskedFor()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, RunFolder = run.Path, Precision = Precision.Int8 });
        using var client = new HttpClient { BaseAddress = server.Address };
        using var response = await client.PostAsync("api/checkpoints/0/explanations", Running.Json("""{"text":"I see the house."}"""));
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("int8", document.RootElement.GetProperty("precision").GetString());
    }

    [Fact]
    public async Task WithoutARunThereAreNone()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0 });
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal("""{"checkpoints":[],"metrics":[]}""", await client.GetStringAsync("api/checkpoints"));
        using var none = await client.PostAsync("api/checkpoints/0/explanations", Running.Json("""{"text":"I see the house."}"""));
        Assert.Contains("--run", await none.Content.ReadAsStringAsync());
    }
}
