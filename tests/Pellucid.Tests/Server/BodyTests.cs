using System.Net;
using System.Text.Json;

namespace Pellucid.Tests.Server;

/// <summary>Input that is wrong, huge or hostile.</summary>
public sealed class BodyTests(Running running) : IClassFixture<Running>
{
    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{\"text\":\"a\",\"text\":\"b\"}", "not valid JSON")]
    [InlineData("{}", "'text' is missing")]
    [InlineData("{\"text\":5}", "'text' must be a text")]
    [InlineData("{\"txt\":\"a\"}", "there is no 'txt'")]
    [InlineData("{\"text\":\"a\",\"beam_size\":0}", "'beam_size' must be a whole number from 1 to 32")]
    [InlineData("{\"text\":\"a\",\"beam_size\":1.5}", "'beam_size' must be a whole number")]
    [InlineData("{\"text\":\"a\",\"beam_size\":\"5\"}", "'beam_size' must be a whole number")]
    [InlineData("{\"text\":\"a\",\"n_best\":6}", "'n_best' 6 is more than 'beam_size' 5")]
    [InlineData("{\"text\":\"a\",\"length_penalty\":1e999}", "'length_penalty' must be a number")]
    [InlineData("{\"text\":\"\\ud800\"}", "not valid Unicode")]
    public async Task WhatCannotBeReadIsNamed(string body, string message) =>
        Assert.Contains(message, await running.RefusedAsync(HttpStatusCode.BadRequest, "api/translate", body));

    [Fact]
    public async Task ATextThatIsTooLongAndABodyThatIsHugeAreRefused()
    {
        Assert.Contains("10001 characters", await running.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, "api/translate", $$"""{"text":"{{new string('a', 10_001)}}"}"""));
        Assert.Contains("too large", await running.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, "api/translate", $$"""{"text":"{{new string('a', 300_000)}}"}"""));
        string nested = string.Concat(Enumerable.Repeat("[", 5000)) + string.Concat(Enumerable.Repeat("]", 5000));
        Assert.Contains("not valid JSON", await running.RefusedAsync(HttpStatusCode.BadRequest, "api/translate", nested));
    }

    [Theory]
    [InlineData("<script>alert(1)</script><img src=x onerror=alert(1)>")]
    [InlineData("\u202Eright-to-left\u202C \u0627\u0644\u0639\u0631\u0628\u064A\u0629 \u05E2\u05D1\u05E8\u05D9\u05EA")]
    [InlineData("\U0001F600\U0001F468\u200D\U0001F469\u200D\U0001F467 </s> <pad> \u0007")]
    public async Task HostileTextsComeBackAsTextAndNothingElse(string text)
    {
        var answer = await running.PostAsync("api/translate", JsonSerializer.Serialize(new Dictionary<string, string> { ["text"] = text }));
        Assert.Equal(text, answer.GetProperty("source").GetString());
        using var response = await running.Client.PostAsync("api/translate", Running.Json(JsonSerializer.Serialize(new Dictionary<string, string> { ["text"] = text })));
        Assert.DoesNotContain('<', await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("<!--<s\u202E\u05E2\U0001F600")]
    public async Task HostileTextsAreExplainedWithoutLeavingTheirPlace(string text)
    {
        var document = await running.PostAsync("api/explanations", JsonSerializer.Serialize(new Dictionary<string, string> { ["text"] = text }));
        Assert.Equal(text, document.GetProperty("text").GetString());
        string id = document.GetProperty("id").GetString()!;
        string raw = await running.Client.GetStringAsync("api/explanations/" + id), file = await running.Client.GetStringAsync($"api/explanations/{id}/page.html");
        Assert.DoesNotContain('<', raw);
        int start = file.IndexOf("id=\"document\">", StringComparison.Ordinal), end = file.IndexOf("</script>", start, StringComparison.Ordinal);
        using var held = JsonDocument.Parse(file[(start + "id=\"document\">".Length)..end]);
        Assert.Equal(text, held.RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task TenThousandCharactersWithoutASpaceAreExplainedPartByPart()
    {
        string text = string.Concat(Enumerable.Repeat("<a&\U0001F600", 2000));
        Assert.Equal(10_000, text.Length);
        var document = await running.PostAsync("api/explanations", JsonSerializer.Serialize(new Dictionary<string, object> { ["text"] = text, ["beam_size"] = 1 }));
        string[] sentences = [.. document.GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()!)];
        Assert.Equal(text, string.Concat(sentences));
        Assert.Equal(sentences[0], document.GetProperty("text").GetString());
    }

    [Fact]
    public async Task TenThousandCharactersAreTranslated()
    {
        // Few words in much space: what is to be seen is that so much text arrives, is cut and comes back, not how long a model takes for it.
        string text = string.Concat(Enumerable.Repeat("I am." + new string(' ', 495), 20));
        Assert.Equal(10_000, text.Length);
        var answer = await running.PostAsync("api/translate", JsonSerializer.Serialize(new Dictionary<string, object> { ["text"] = text, ["beam_size"] = 1 }));
        Assert.Equal(text, answer.GetProperty("source").GetString());
        string translation = answer.GetProperty("translation").GetString()!;
        Assert.Equal(20, translation.Split(new string(' ', 495), StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
