using System.Text;
using System.Text.Json;
using Pellucid.Cli;

namespace Pellucid.Tests.Cli;

public sealed class ExplainTests(ModelOnDisk disk) : IClassFixture<ModelOnDisk>
{
    private const string Sentence = "Where is the library?";

    [Fact]
    public void TheWholeWayIsPlainText()
    {
        var outcome = Explain();

        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        string[] steps = [.. outcome.Lines.Where(line => line.StartsWith("Step ", StringComparison.Ordinal))];
        Assert.StartsWith("Step 1 of", steps[0]);
        Assert.Contains(steps, step => step.EndsWith("Encoder layer 0, self-attention: Scores Q Kᵀ", StringComparison.Ordinal));
        Assert.Contains(steps, step => step.EndsWith("Decoder layer 1, encoder-decoder attention: Queries split into heads", StringComparison.Ordinal));
        Assert.EndsWith("The result of the search", steps[^1]);
        Assert.Contains("[B, T, D] = [1, ", outcome.Output);
        Assert.Contains("bit for bit", outcome.Output);
        Assert.DoesNotContain(outcome.Output, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void OneStepOneLayerOneGeneratedTokenOrOneSection()
    {
        Assert.Single(Headings(Explain("--at", "encoder.0.self_attention.scores")));
        Assert.True(Headings(Explain("--at", "encoder.0.self_attention")).Length > 10);
        Assert.All(Headings(Explain("--layer", "1")), heading => Assert.Contains("layer 1", heading));
        string[] second = Headings(Explain("--step", "2"));
        Assert.DoesNotContain(second, heading => heading.Contains("Encoder layer"));
        Assert.Single(second, heading => heading.Contains("Choice"));
        var row = Explain("--at", "decoder.0.self_attention.weights", "--step", "2", "--head", "1");
        Assert.Contains("head 1, counted from 0, of 2", row.Output);
        Assert.Single(row.Lines, line => line.StartsWith("    1 ", StringComparison.Ordinal));
    }

    [Fact]
    public void ACellIsWrittenOutAndItsOperandsNamed()
    {
        var whole = Explain("--cell", "encoder.0.self_attention.scores[0,1,2,3]");
        var brief = Explain("--cell", "encoder.0.self_attention.scores[2,3]", "--head", "1");

        Assert.Equal(whole.Output, brief.Output);
        Assert.Contains("encoder.0.self_attention.query_heads[0,2,1,0]", whole.Output);
        Assert.Contains("encoder.0.self_attention.key_heads[0,3,1,7]", whole.Output);
        Assert.Matches(@"numbers\s+\S+ = .+\*.+ [+-] ", whole.Output);
        Assert.Contains("recomputed in double precision", whole.Output);
        Assert.Contains("training found it", Explain("--cell", "embedding.weight[5,0]").Output);
    }

    [Fact]
    public void ALongSumIsCutAndAllWritesEverything()
    {
        Assert.Contains("smaller:", Explain("--cell", "encoder.0.self_attention.query[0,0]").Output);
        Assert.Contains("are left out", Explain("--at", "output.logits").Output);
        Assert.DoesNotContain("smaller:", Explain("--cell", "encoder.0.self_attention.query[0,0]", "--all").Output);
        var all = Explain("--at", "encoder.embedding.sum", "--all");
        Assert.DoesNotContain("left out", all.Output);
        Assert.Contains("columns 2 to 14 of 16 are left out", Explain("--at", "encoder.embedding.sum", "--max-cells", "12").Output);
    }

    [Fact]
    public void ChineseIsChinese()
    {
        var outcome = Explain("--at", "encoder.0.self_attention.weights", "--lang", "zh");

        Assert.Contains("编码器第 0 层：自注意力 · softmax：注意力权重", outcome.Output);
        Assert.DoesNotContain("Step", outcome.Output);
    }

    [Fact]
    public void JsonOfAWholeSentenceIsTheDocumentWithItsNumbers()
    {
        using var document = JsonDocument.Parse(Explain("--format", "json").Output);
        Assert.Equal((1, "translation"), (document.RootElement.GetProperty("version").GetInt32(), document.RootElement.GetProperty("kind").GetString()));
        Assert.All(document.RootElement.GetProperty("tensors").EnumerateArray(), tensor => Assert.True(tensor.TryGetProperty("data", out _)));
    }

    [Fact]
    public void ThePageIsWrittenAsOneFile()
    {
        string file = disk.Path("page.html");
        Assert.Equal((0, "", ""), Explain("--html", file) is var outcome ? (outcome.Code, outcome.Output, outcome.Error) : default);
        string html = File.ReadAllText(file);
        Assert.StartsWith("<!doctype html>", html);
        Assert.Contains("default-src 'none'; script-src 'sha256-", html);
        Assert.Contains("\"" + Sentence + "\"", html);
        Assert.Equal(html, Explain("--format", "html").Output);
    }

    [Theory]
    [InlineData("there is nothing to explain", 1, " ", "--html", "unwritten.html")]
    [InlineData("several sentences", 1, "Where is it? It is here.", "--html", "unwritten.html")]
    [InlineData("leave out --at", 2, Sentence, "--html", "unwritten.html", "--at", "output.logits")]
    [InlineData("leave out --output", 2, Sentence, "--html", "unwritten.html", "--output", "other.html")]
    [InlineData("leave out --format", 2, Sentence, "--html", "unwritten.html", "--format", "json")]
    [InlineData("--weights goes with", 2, Sentence, "--weights")]
    public void WhatAPageCannotBeIsSaid(string message, int code, string text, params string[] args)
    {
        Assert.Contains(message, CommandLine.Run(["explain", text, "--model", disk.Model, .. args]).Failure(code));
        Assert.False(File.Exists("unwritten.html"));
    }

    [Fact]
    public void JsonHoldsTheStepsOrTheCell()
    {
        using var walk = JsonDocument.Parse(Explain("--format", "json").Output);
        using var cell = JsonDocument.Parse(Explain("--format", "json", "--cell", "decoder.0.cross_attention.weights[0,1]").Output);

        Assert.True(walk.RootElement.GetProperty("steps").GetArrayLength() > 60);
        using var steps = JsonDocument.Parse(Explain("--format", "json", "--at", "output.logits").Output);
        Assert.Equal("output.logits", steps.RootElement.GetProperty("tensors").EnumerateArray().Single().GetProperty("name").GetString());
        var provenance = cell.RootElement.GetProperty("cell");
        Assert.Equal("softmax", provenance.GetProperty("kind").GetString());
        Assert.True(provenance.GetProperty("relative_error").GetDouble() < 1e-6);
        Assert.All(provenance.GetProperty("operands").EnumerateArray(), operand => Assert.Equal("decoder.0.cross_attention.masked", operand.GetProperty("name").GetString()));
        Assert.Contains("\"value\":\"-∞\"", Explain("--format", "json", "--cell", "decoder.0.self_attention.masked[0,1]").Output);
    }

    [Fact]
    public void MarkdownHasTablesAndAFileAppearsWhole()
    {
        var outcome = Explain("--format", "markdown", "--output", disk.Path("walk.md"));

        Assert.Equal((0, ""), (outcome.Code, outcome.Output));
        string page = File.ReadAllText(disk.Path("walk.md"));
        Assert.Contains("| --- | ---: |", page);
        Assert.Contains("&lt;/s&gt;", page);
        Assert.DoesNotContain("</s>", string.Concat(page.Split('`').Where((_, i) => i % 2 == 0)));
    }

    [Theory]
    [InlineData("--at encoder.0.self_atention.scores", "did you mean 'encoder.0.self_attention.scores'?")]
    [InlineData("--cell scores", "names no cell")]
    [InlineData("--cell encoder.0.self_attention.scores[0]", "without sentence and head")]
    [InlineData("--cell encoder.0.self_attention.scores[0,99]", "lies outside")]
    [InlineData("--cell encoder.0.self_attention.scores[0,-1]", "no index")]
    [InlineData("--cell encoder.0.self_attention.scoers[0,1]", "did you mean")]
    [InlineData("--head 7", "no head 7")]
    [InlineData("--layer 5", "no layer 5")]
    [InlineData("--step 900", "no step 900")]
    public void WhatIsNotThereIsSaidInOneLine(string flags, string expected) =>
        Assert.Contains(expected, CommandLine.Run(["explain", "--model", disk.Model, Sentence, .. flags.Split(' ')]).Error);

    [Theory]
    [InlineData("--cell x[0] --at y"), InlineData("--cell x[0] --layer 0"), InlineData("--all --max-cells 5")]
    public void FlagsThatContradictEachOtherAreAUsageError(string flags) => Assert.Equal(2, CommandLine.Run(["explain", "--model", disk.Model, Sentence, .. flags.Split(' ')]).Code);

    [Fact]
    public void ABlankTextIsAFailure() => Assert.Contains("blank", CommandLine.Run("explain", "--model", disk.Model, " ").Failure(1));

    public static TheoryData<string> HostileTexts =>
    [
        "<script>alert(1)</script> & <b>bold</b> | `code` *star* [link](x)", "\u202Eright to left\u202C שלום العربية", "🙂👩‍👩‍👧‍👦🏳️‍🌈 emoji",
        "bell\u0007 escape\u001b[31m red\u001b[0m \u009b2J \u0000 nul", "half \ud83d a pair", new string('a', 1000),
    ];

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void NoTextOfAStrangerSteersTheTerminalOrBecomesMarkup(string text)
    {
        foreach (string format in new[] { "text", "markdown" })
        {
            var outcome = CommandLine.Run("explain", "--model", disk.Model, "--format", format, "--at", "source", "--beam-size", "1", text);

            Assert.True(outcome.Code == 0, outcome.Error);
            Assert.DoesNotContain(outcome.Output, c => char.IsControl(c) && c != '\n' || c is '\u202E' or '\u2028' or '\ufeff' || c == '\uFFFD' && !text.Contains('\ud83d'));
            Assert.True(outcome.Output.Length < 120 * text.Length + 40_000, $"{outcome.Output.Length} characters");
            if (format == "markdown")
                Assert.DoesNotContain("<script", string.Concat(outcome.Output.Split('`').Where((_, i) => i % 2 == 0)));
        }
    }

    [Fact]
    public void InATerminalOneWalksWithKeys()
    {
        var keys = new Queue<ConsoleKey>([ConsoleKey.RightArrow, ConsoleKey.End, ConsoleKey.Home, ConsoleKey.H, ConsoleKey.L, ConsoleKey.Q]);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        int code;
        using (var terminal = new Terminal(new MemoryStream(), output, error, name => name == "TERM" ? "xterm" : null)
        {
            InputIsTerminal = true, OutputIsTerminal = true, Key = () => new ConsoleKeyInfo('\0', keys.Dequeue(), false, false, false),
        })
            code = App.Run(["explain", "--model", disk.Model, Sentence], terminal);

        string shown = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal((0, 0), (code, keys.Count));
        Assert.StartsWith("\u001b[?1049h", shown);
        Assert.EndsWith("\u001b[?1049l", shown);
        Assert.Contains("Step 2 of", shown);
        Assert.Contains("待翻译的句子", shown);
    }

    private Outcome Explain(params string[] flags)
    {
        var outcome = CommandLine.Run(["explain", "--model", disk.Model, Sentence, .. flags]);
        Assert.True(outcome.Code == 0, outcome.Error);
        return outcome;
    }

    private static string[] Headings(Outcome outcome) => [.. outcome.Lines.Where(line => line.StartsWith("Step ", StringComparison.Ordinal))];
}
