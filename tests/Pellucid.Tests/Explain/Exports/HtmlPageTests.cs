using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Explain;
using Pellucid.Explain.Exports;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Exports;

/// <summary>The file that holds the whole page: what a browser would make of it, read with its own rules.</summary>
public sealed partial class HtmlPageTests
{
    private static readonly PageParts Page = new(
        "<!doctype html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Pellucid</title>\n  </head>\n  <body>\n    <div id=\"page\"></div>\n  </body>\n</html>\n",
        "const end = '</script>', comment = '<!--'; document.getElementById('page').textContent = end + comment;", "body { color: black }");

    public static TheoryData<string> HostileTexts =>
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"'><img src=x onerror=alert(1)>]]>&lt;",
        "\u2028\u2029\u202Ertl\u202C \u0627\u0644\u0639\u0631\u0628\u064A\u0629",
        "\U0001F600 \U0001F468\u200D\U0001F469",
        "a\u0007b",
        string.Concat(Enumerable.Repeat("<b>&amp;</b> ", 800)),
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void HostileTextStaysInsideItsBlockAndComesBackUnchanged(string text)
    {
        string file = Encoding.UTF8.GetString(HtmlPage.Make(Page, json => json.WriteStringValue(text)));
        string block = DataBlock().Match(file).Groups["data"].Value;
        Assert.DoesNotContain('<', block);
        Assert.Equal(text, JsonSerializer.Deserialize<string>(block));
        Assert.Equal(2, Scripts().Count(file)); // the data and the module, whatever the text says
    }

    [Fact]
    public void ThePolicyNamesTheHashesOfExactlyWhatStandsThere()
    {
        string file = Encoding.UTF8.GetString(HtmlPage.Make(Page, json => json.WriteNumberValue(1)));
        string policy = Policy().Match(file).Groups["policy"].Value;
        Assert.StartsWith("default-src 'none';", policy);
        Assert.Contains($"script-src '{Hash(Module().Match(file).Groups["text"].Value)}'", policy);
        Assert.Contains($"style-src '{Hash(Style().Match(file).Groups["text"].Value)}'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain("http", policy);
        Assert.True(file.IndexOf("Content-Security-Policy", StringComparison.Ordinal) < file.IndexOf("<style", StringComparison.Ordinal));
        // A browser must not read the script's own text as the end of the script.
        Assert.Equal("const end = '<\\/script>', comment = '<\\!--'; document.getElementById('page').textContent = end + comment;", Module().Match(file).Groups["text"].Value);
    }

    [Fact]
    public void AFileHoldsTheComputedValuesAndOfSmallModelsTheWeights()
    {
        var explained = SentenceExplanation.Of(SmallModel.Translator.Model, "I am hungry.").Single();
        var document = new ExplanationDocument(explained.Trace, explained.Walk, explained.Search) { Id = "0" };
        foreach (var data in Enum.GetValues<TensorData>())
        {
            using var read = Read(document, data);
            Assert.All(read.RootElement.GetProperty("tensors").EnumerateArray(), tensor => Assert.Equal(data != TensorData.None, tensor.TryGetProperty("data", out _)));
        }
        using var file = Read(document, TensorData.Computed);
        var tensor = file.RootElement.GetProperty("tensors").EnumerateArray().First(entry => entry.GetProperty("name").GetString() == "output.logits");
        Assert.Equal(TensorJson.Bytes(explained.Trace.Find("output.logits")!.Values), tensor.GetProperty("data").GetBytesFromBase64());
    }

    [Fact]
    public void PagesThatCannotCarryAPolicyAreRefused()
    {
        Assert.Throws<ArgumentException>(() => HtmlPage.Make(Page with { Html = "<html><body></body></html>" }, json => json.WriteNullValue()));
        Assert.Throws<ArgumentException>(() => HtmlPage.Make(Page with { Html = "<meta charset=\"utf-8\">" }, json => json.WriteNullValue()));
        Assert.Throws<ArgumentException>(() => HtmlPage.Make(Page with { Style = "</style>" }, json => json.WriteNullValue()));
    }

    private static JsonDocument Read(ExplanationDocument document, TensorData data)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            document.Write(json, data);
        return JsonDocument.Parse(stream.ToArray());
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex("""<script type="application/json" id="document">(?<data>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex DataBlock();

    [GeneratedRegex("""<script type="module">(?<text>.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex Module();

    [GeneratedRegex("""<style>(?<text>.*?)</style>""", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("""http-equiv="Content-Security-Policy" content="(?<policy>[^"]*)">""")]
    private static partial Regex Policy();

    [GeneratedRegex("<script", RegexOptions.IgnoreCase)]
    private static partial Regex Scripts();
}
