using System.Net;
using System.Text;
using System.Text.Json;
using Pellucid.Server;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Server;

/// <summary>A real server on a port that the system chose, with a small model, and a client of it; both are gone when the test is.</summary>
public sealed class Running : IAsyncLifetime
{
    private readonly List<string> reported = [];
    private PellucidServer? server;

    internal HttpClient Client { get; private set; } = null!;

    internal Uri Address => server!.Address;

    /// <summary>What the server said of errors of its own.</summary>
    internal IReadOnlyList<string> Reported => reported;

    public async ValueTask InitializeAsync()
    {
        server = await PellucidServer.StartAsync(SmallModel.Translator, new ServerOptions { Port = 0, Timeout = TimeSpan.FromMinutes(5) }, reported.Add);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(6) }; // a busy machine is no failure
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server!.DisposeAsync();
    }

    internal async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return await Read(response, HttpStatusCode.OK);
    }

    internal async Task<JsonElement> PostAsync(string path, string json)
    {
        using var response = await Client.PostAsync(path, Json(json));
        return await Read(response, HttpStatusCode.OK);
    }

    /// <summary>The message of an answer that refuses.</summary>
    internal async Task<string> RefusedAsync(HttpStatusCode status, HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        return (await Read(response, status)).GetProperty("error").GetString()!;
    }

    internal Task<string> RefusedAsync(HttpStatusCode status, string path, string? json = null) =>
        RefusedAsync(status, new HttpRequestMessage(json is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = json is null ? null : Json(json) });

    internal static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static async Task<JsonElement> Read(HttpResponseMessage response, HttpStatusCode status)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
