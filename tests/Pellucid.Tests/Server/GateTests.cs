using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pellucid.Tests.Server;

/// <summary>Who is let in, and what a browser is told.</summary>
public sealed class GateTests(Running running) : IClassFixture<Running>
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:7245")]
    [InlineData("localhost.evil.example")]
    [InlineData("192.168.1.5")]
    public async Task ANameThatPointsHereFromElsewhereIsRefused(string host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "api/model");
        request.Headers.Host = host;
        Assert.Contains("localhost", await running.RefusedAsync(HttpStatusCode.Forbidden, request));
    }

    [Theory]
    [InlineData("localhost:7245")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]:7245")]
    public async Task ThisMachinesOwnNamesAreServed(string host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "api/model");
        request.Headers.Host = host;
        using var response = await running.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task PagesOfOtherSitesCannotSendWork(string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/translate") { Content = Running.Json("""{"text":"I am hungry."}""") };
        request.Headers.Add("Origin", origin);
        Assert.Contains("another site", await running.RefusedAsync(HttpStatusCode.Forbidden, request));
    }

    [Fact]
    public async Task FormsThatAnyPageMaySendAreNotTaken()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/translate") { Content = new StringContent("""{"text":"I am hungry."}""", Encoding.UTF8, "text/plain") };
        Assert.Contains("application/json", await running.RefusedAsync(HttpStatusCode.UnsupportedMediaType, request));
    }

    [Fact]
    public async Task NoAnswerMayBeReadAcrossSitesOrRunAsAPage()
    {
        using var response = await running.Client.GetAsync("api/model");
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task WhatIsNotThereAndMethodsThatAreNotTakenSayTheSameInJson()
    {
        Assert.Contains("nothing at this address", await running.RefusedAsync(HttpStatusCode.NotFound, "api/nothing"));
        Assert.Contains("nothing at this address", await running.RefusedAsync(HttpStatusCode.NotFound, "assets/../../etc/passwd"));
        Assert.Contains("nothing at this address", await running.RefusedAsync(HttpStatusCode.NotFound, "missing.js"));
        Assert.Contains("does not take GET", await running.RefusedAsync(HttpStatusCode.MethodNotAllowed, "api/translate"));
    }

    [Fact]
    public async Task AByteSaladIsAnsweredAndClosed()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(running.Address.Host, running.Address.Port);
        await client.GetStream().WriteAsync(new byte[] { 0xFF, 0x00, 0x0D, 0x0A, 0x0D, 0x0A });
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 400", await reader.ReadToEndAsync());
    }
}
