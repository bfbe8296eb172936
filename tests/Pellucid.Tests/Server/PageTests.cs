using System.Net;
using System.Text.RegularExpressions;
using Pellucid.Server.Pages;

namespace Pellucid.Tests.Server;

/// <summary>The page's files as they are served, and the page as one file.</summary>
public sealed partial class PageTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task ThePageComesUnderAPolicyThatAllowsItsOwnScriptsOnly()
    {
        using var response = await running.Client.GetAsync("");
        string html = await response.Content.ReadAsStringAsync(), policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain("http", policy);
        Assert.DoesNotMatch(InlineScript(), html);
        foreach (Match match in References().Matches(html))
        {
            using var part = await running.Client.GetAsync(match.Groups["path"].Value);
            Assert.Equal(HttpStatusCode.OK, part.StatusCode);
        }
    }

    [Fact]
    public async Task FilesComePackedAndOnlyWhenTheyHaveChanged()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "page.js");
        request.Headers.Add("Accept-Encoding", "gzip, br");
        using var response = await running.Client.SendAsync(request);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.InRange((await response.Content.ReadAsByteArrayAsync()).Length, 1, 100_000);
        var again = new HttpRequestMessage(HttpMethod.Get, "page.js");
        again.Headers.Add("If-None-Match", response.Headers.ETag!.Tag);
        using var unchanged = await running.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task TheExportedFileNeedsNobody()
    {
        string id = (await running.PostAsync("api/explanations", """{"text":"I am hungry."}""")).GetProperty("id").GetString()!;
        using var response = await running.Client.GetAsync($"api/explanations/{id}/page.html");
        string file = await response.Content.ReadAsStringAsync();
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.DoesNotMatch(References(), file[..file.IndexOf("<script", StringComparison.Ordinal)]);
        using var document = System.Text.Json.JsonDocument.Parse(DataBlock().Match(file).Groups["data"].Value);
        var root = document.RootElement;
        Assert.False(root.TryGetProperty("id", out _));
        Assert.True(root.GetProperty("tensors").EnumerateArray().All(tensor => tensor.TryGetProperty("data", out var data) && data.GetString()!.Length > 0));
        string[] addresses = [.. root.GetProperty("laboratory").EnumerateObject().Select(answer => answer.Name)];
        Assert.Contains("api/tours/thrones", addresses);
        Assert.Contains("api/laboratory/mask?kind=combined", addresses);
        Assert.Contains("api/laboratory/positions?kind=learned", addresses);
        Assert.Contains("api/calculator/presets", addresses);
        Assert.Contains("there is no 'weight'", await running.RefusedAsync(HttpStatusCode.BadRequest, $"api/explanations/{id}/page.html?weight=true"));
    }

    [Fact]
    public void ThePartsOfThePageAreAllThatItNames()
    {
        var parts = PageFiles.Parts()!;
        Assert.Equal(System.Text.Encoding.UTF8.GetString(PageFiles.Find("page.js")!.Content), parts.Script);
        Assert.Equal(System.Text.Encoding.UTF8.GetString(PageFiles.Find("page.css")!.Content), parts.Style);
        Assert.DoesNotContain("page.", parts.Html);
    }

    [GeneratedRegex("""<script(?![^>]*\bsrc=)""")]
    private static partial Regex InlineScript();

    [GeneratedRegex("""\b(?:src|href)="(?!data:)(?<path>[^"]+)""")]
    private static partial Regex References();

    [GeneratedRegex("""<script type="application/json" id="document">(?<data>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex DataBlock();
}
