using System.Net;
using Microsoft.AspNetCore.Http;
using Pellucid.Server;
using Pellucid.Server.Http;
using Pellucid.Tests.Cli;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

/// <summary>Starting, being busy, and ending.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task ATakenPortIsAnErrorThatSaysSo()
    {
        await using var first = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0 });
        var error = await Assert.ThrowsAsync<IOException>(() => PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = first.Address.Port }));
        Assert.Contains("is in use; choose another, or 0 for a free one", error.Message);
        await Assert.ThrowsAsync<IOException>(() => PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, Address = IPAddress.Parse("192.0.2.1") }));
    }

    [Fact]
    public async Task OpenToOthersItStillAnswersOnlyToAddressesInNumbers()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, Address = IPAddress.Any });
        Assert.Equal("localhost", server.Address.Host);
        using var client = new HttpClient { BaseAddress = server.Address };
        foreach (var (host, status) in new[] { ("192.168.1.5", HttpStatusCode.OK), ("localhost", HttpStatusCode.OK), ("evil.example", HttpStatusCode.Forbidden) })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "api/model");
            request.Headers.Host = host;
            using var response = await client.SendAsync(request);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task AfterTheEndThePortIsFree()
    {
        var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0 });
        int port = server.Address.Port;
        await server.DisposeAsync();
        await using var again = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = port });
        Assert.Equal(port, again.Address.Port);
    }

    [Fact]
    public async Task WorkThatTakesTooLongIsEnded()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, Timeout = TimeSpan.FromMilliseconds(5) });
        using var client = new HttpClient { BaseAddress = server.Address };
        string text = string.Concat(Enumerable.Repeat("Where is the library? ", 400));
        using var response = await client.PostAsync("api/translate", Running.Json($$"""{"text":"{{text}}","beam_size":32}"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("took longer", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WhereNobodyMayWaitTheNextIsTurnedAway()
    {
        using var workers = new Workers(1, longestQueue: 1, TimeSpan.FromSeconds(30));
        using var free = new ManualResetEventSlim();
        var first = workers.RunAsync(new DefaultHttpContext(), stop => { free.Wait(stop); return 1; });
        var waiting = workers.RunAsync(new DefaultHttpContext(), _ => 2);
        var refused = await Assert.ThrowsAsync<RequestException>(() => workers.RunAsync(new DefaultHttpContext(), _ => 3));
        Assert.Equal(503, refused.Status);
        free.Set();
        Assert.Equal((1, 2), (await first, await waiting));
        Assert.Equal(4, await workers.RunAsync(new DefaultHttpContext(), _ => 4));
    }

    [Fact]
    public async Task AClientThatGoesStopsItsWork()
    {
        await using var server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, Workers = 1 });
        using var client = new HttpClient { BaseAddress = server.Address };
        string text = string.Concat(Enumerable.Repeat("Where is the library? ", 400));
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.PostAsync("api/translate", Running.Json($$"""{"text":"{{text}}","beam_size":32}"""), gone.Token));
        // The only worker is free again at once.
        using var response = await client.PostAsync("api/translate", Running.Json("""{"text":"I am hungry."}"""));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory, InlineData("f32"), InlineData("bf16"), InlineData("int8")]
    public async Task TheVerbServesUntilItIsInterrupted(string precision)
    {
        using var disk = new ModelOnDisk();
        using var stop = new CancellationTokenSource();
        var reading = new ServedAddress();
        var run = Task.Run(() => CommandLine.Run(reading, ["serve", "--model", disk.Model, "--port", "0", "--precision", precision], stop.Token));
        var address = await reading.Address.WaitAsync(TimeSpan.FromSeconds(20));
        using (var client = new HttpClient())
        {
            using var response = await client.PostAsync(new Uri(address, "api/explanations"), Running.Json("""{"text":"I am hungry."}"""));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains($"\"precision\":\"{precision}\"", await response.Content.ReadAsStringAsync());
        }
        await stop.CancelAsync();
        Assert.Equal(0, await run.WaitAsync(TimeSpan.FromSeconds(20)));
        using var late = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => late.GetAsync(address));
    }

    [Fact]
    public void WhatTheVerbCannotDoIsSaidBeforeTheModelIsRead()
    {
        Assert.Contains("no address", CommandLine.Run("serve", "--listen", "example.org").Failure(2));
        Assert.Contains("from 0 to 65535", CommandLine.Run("serve", "--port", "70000").Failure(2));
        Assert.Contains("no such folder", CommandLine.Run("serve", "--run", "no-such-folder").Failure(1));
    }
}

/// <summary>An output stream that waits for the line with the address.</summary>
internal sealed class ServedAddress : MemoryStream
{
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<Uri> Address => address.Task;

    // StreamWriter flushes after it has written.
    public override void Flush()
    {
        if (Uri.TryCreate(System.Text.Encoding.UTF8.GetString(ToArray()).Trim(), UriKind.Absolute, out var found))
            address.TrySetResult(found);
    }
}
