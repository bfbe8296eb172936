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
        Assert.Contains("head 1 of 2, counted from 0", row.Output);
        Assert.Equal(2, row.Lines.Count(line => line.StartsWith("    1 ", StringComparison.Ordinal))); // its weights, and what they were made of
    }

    [Fact]
    public void EveryNameThatIsListedOpensAStepOrASection()
    {
        string[] names = Explain("--list").Lines;

        Assert.Contains("encoder.0.self_attention", names);
        Assert.Contains("encoder.0.self_attention.weights", names);
        Assert.Contains("choice.sentence", names);
        foreach (string name in (string[])[names[0], names[^1], names[names.Length / 2]])
            Assert.NotEmpty(Headings(Explain("--at", name)));
    }

    [Theory]
    [InlineData("encoder.0.self_attention.weights"), InlineData("decoder.0.self_attention.weights"), InlineData("output.probabilities"), InlineData("output.log_probabilities")]
    public void JsonOfASoftmaxHasMaximumExponentialsAndSumOfEveryRow(string name)
    {
        using var json = JsonDocument.Parse(Explain("--format", "json", "--at", name).Output);
        var tensor = json.RootElement.GetProperty("tensors")[0];
        int[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())];
        float[] values = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.GetProperty("data").GetBytesFromBase64())];
        var rows = json.RootElement.GetProperty("parts").GetProperty(name).GetProperty("rows").EnumerateArray().ToList();

        Assert.Equal(values.Length / shape[^1], rows.Count);
        for (int row = 0; row < rows.Count; row++)
        {
            double sum = rows[row].GetProperty("sum").GetDouble();
            var largest = rows[row].GetProperty("exponentials")[0];
            Assert.Equal(1, largest.GetProperty("value").GetDouble());
            Assert.InRange(sum, 1, shape[^1]);
            foreach (var exponential in rows[row].GetProperty("exponentials").EnumerateArray())
            {
                float value = values[row * shape[^1] + exponential.GetProperty("column").GetInt32()];
                Assert.Equal(exponential.GetProperty("value").GetDouble() / sum, name.EndsWith("log_probabilities", StringComparison.Ordinal) ? Math.Exp(value) : value, 1e-5);
            }
        }
    }

    [Fact]
    public void TheStepsShowWhatWentIntoASoftmaxAndANorm()
    {
        string[] weights = Explain("--at", "decoder.0.self_attention.weights").Lines, output = Explain("--at", "output.probabilities").Lines;
        string[] norm = Explain("--at", "encoder.0.attention_norm.output").Lines;

        foreach (string[] lines in (string[][])[weights, output])
        {
            int caption = Array.FindIndex(lines, line => line.Contains("in double precision from the recorded x"));
            Assert.Matches(@"^\s+maximum m .* sum$", lines[caption + 1]);
        }
        Assert.Matches(@"^    0 \S+\s+\S+\s+1(\s+0)+\s+1$", weights[Array.FindIndex(weights, line => line.EndsWith("  sum", StringComparison.Ordinal)) + 1]); // the first target token sees itself alone
        Assert.Contains(norm, line => line.Trim() == "mean  variance" || line.Trim().StartsWith("mean ", StringComparison.Ordinal));
        Assert.Contains(norm, line => line.StartsWith("    γ (stretch) ", StringComparison.Ordinal));
        Assert.Contains(norm, line => line.StartsWith("    β (shift) ", StringComparison.Ordinal));
        Assert.Contains("maximum m |", Explain("--at", "encoder.0.self_attention.weights", "--format", "markdown").Output);
        Assert.Contains("最大值 m", Explain("--at", "encoder.0.self_attention.weights", "--lang", "zh").Output);
    }

    [Fact]
    public void AWalkInChineseHasNoEnglishInItsFormulas()
    {
        string walk = Explain("--lang", "zh").Output;

        foreach (string word in (string[])[" if ", " else ", " with ", "one-hot", "score =", ": 它", "。 "])
            Assert.DoesNotContain(word, walk);
        Assert.Contains("；否则 ", walk);
        Assert.Contains("其中 m = max_j x[…,j]", walk);
        Assert.Contains("独热向量", walk);
        Assert.Contains("得分 = log p / n", walk);
    }

    [Theory]
    [InlineData("en"), InlineData("zh")]
    public void NumbersHaveTrueMinusSignsAndNothingCountsOneOfSeveral(string language)
    {
        foreach (string beam in (string[])["1", "5"])
        {
            string walk = Explain("--lang", language, "--beam-size", beam).Output;

            Assert.DoesNotMatch(@"(?<![\w\]])-(\d|∞)", walk);
            Assert.Matches(@"−\d", walk);
            Assert.DoesNotContain("the 1 ", walk);
            Assert.Equal(beam == "1", walk.Contains(language == "en" ? "Greedy search:" : "贪心搜索 ·"));
        }
    }

    [Fact]
    public void ACellIsWrittenOutAndItsOperandsNamed()
    {
        var whole = Explain("--cell", "encoder.0.self_attention.scores[0,1,2,3]");
        var brief = Explain("--cell", "encoder.0.self_attention.scores[2,3]", "--head", "1");

        Assert.Equal(whole.Output, brief.Output);
        Assert.Contains("encoder.0.self_attention.query_heads[0,2,1,0]", whole.Output);
        Assert.Contains("encoder.0.self_attention.key_heads[0,3,1,7]", whole.Output);
        Assert.Matches(@"numbers\s+\S+ = .+\*.+ [+−] ", whole.Output);
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
    [InlineData("--at encoder.0.self_atention.scores", "there is no step or section 'encoder.0.self_atention.scores'; the nearest: encoder.0.self_attention.scores, ")]
    [InlineData("--at cross_attention.weigths", "the nearest: decoder.0.cross_attention.weights, decoder.1.cross_attention.weights, ")]
    [InlineData("--at nonsense", "(--list writes all names)")]
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
            InputIsTerminal = true, OutputIsTerminal = true, Key = _ => new ConsoleKeyInfo('\0', keys.Dequeue(), false, false, false),
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
