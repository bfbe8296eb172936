using System.Text;
using System.Text.Json;
using Pellucid.Models.Generation;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Cli;

public sealed class TranslateTests(ModelOnDisk disk) : IClassFixture<ModelOnDisk>
{
    private static readonly string[] Sentences = ["Where is the bridge?", "I am hungry.", "", "Thank you, that is very kind of you!", "The library.", "@home -- 42", "¿Dónde?"];

    private static readonly TranslateOptions Options = new()
    {
        Decoding = new DecodingOptions { Search = new Search.Beam(2), MaximumLength = LengthLimit.Absolute(6) },
    };

    [Fact]
    public void AThousandLinesGiveAThousandLinesInOrder()
    {
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => Sentences[i * 5 % Sentences.Length])];
        var expected = Sentences.Zip(SmallModel.Translator.Translate(Sentences, Options)).ToDictionary(pair => pair.First, pair => pair.Second.Text.ReplaceLineEndings(" "));

        var outcome = CommandLine.Run(string.Join('\n', lines) + "\n", ["translate", "--model", disk.Model, "--beam", "2", "--max-len-b", "6"]);

        Assert.Equal(0, outcome.Code);
        Assert.Equal(lines.Select(line => expected[line]), outcome.Output[..^1].Split('\n'));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\n", 1)]
    [InlineData("\n\n  \n", 3)]
    [InlineData("one", 1)]
    public void EveryLineIsAnsweredAndEmptyOnesStayEmpty(string input, int lines)
    {
        var outcome = Translate(input);

        Assert.Equal((0, lines), (outcome.Code, outcome.Output.Count(c => c == '\n')));
        if (!input.Contains("one"))
            Assert.Equal("", outcome.Output.Trim());
    }

    [Fact]
    public void WordsOnTheLineAreOneText() =>
        Assert.Equal(Translate("", "I am hungry.").Output, Translate("", "I", "am", "hungry.").Output);

    [Fact]
    public void ADashAloneIsStandardInput() =>
        Assert.Equal(Translate("I am hungry.\n@home -- 42\n").Output, Translate("I am hungry.\n@home -- 42\n", "-").Output);

    [Fact]
    public void AfterTwoDashesEverythingIsText()
    {
        var outcome = CommandLine.Run("translate", "--model", disk.Model, "--max-length", "6", "--beam", "2", "--", "--beam");

        Assert.Equal((0, Translate("--beam\n").Output), (outcome.Code, outcome.Output));
    }

    [Fact]
    public void AByteThatIsNotUtf8IsAnErrorThatNamesItsLineAndLosesNothingBefore()
    {
        var outcome = CommandLine.Run([.. "I am hungry.\n"u8, 0xff, (byte)'\n'], ["translate", "--model", disk.Model, "--max-length", "6"]);

        Assert.Equal(1, outcome.Code);
        Assert.Single(outcome.Lines);
        Assert.Contains("standard input, line 2: not UTF-8", outcome.Error);
    }

    [Fact]
    public void AnOutputFileAppearsWhenItIsComplete()
    {
        string output = disk.Write("old.txt", "old\n");
        string bad = disk.Path("bad.txt");
        File.WriteAllBytes(bad, [.. "I am hungry.\n"u8, 0xc3, (byte)'\n']);

        Assert.Contains("bad.txt, line 2", CommandLine.Run("translate", "--model", disk.Model, "-i", bad, "-o", output, "--max-length", "6").Failure(1));
        Assert.Equal("old\n", File.ReadAllText(output));
        Assert.Equal((0, ""), (CommandLine.Run("translate", "--model", disk.Model, "-i", disk.Write("in.txt", "I am hungry.\n"), "-o", output, "--max-length", "6", "--beam", "2") is var done ? done.Code : 0, done.Output));
        Assert.Equal(Translate("I am hungry.\n").Output, File.ReadAllText(output));
    }

    [Fact]
    public void AListOfTheBestNumbersItsLines()
    {
        var outcome = Translate("I am hungry.\n\nThe library.\n", "--n-best", "2");

        string[][] rows = [.. outcome.Lines.Select(line => line.Split(" ||| "))];
        Assert.Equal(["0", "0", "1", "2", "2"], rows.Select(row => row[0]));
        Assert.True(double.Parse(rows[0][2]) >= double.Parse(rows[1][2]));
    }

    [Fact]
    public void JsonHoldsTheNumbersOfTheModel()
    {
        var line = Assert.Single(Translate("I am hungry.\n", "--format", "json", "--alignment").Lines);
        var expected = SmallModel.Translator.Translate("I am hungry.", Options);

        var root = JsonDocument.Parse(line).RootElement;
        var best = root.GetProperty("translations")[0];
        Assert.Equal(expected.Text, best.GetProperty("text").GetString());
        Assert.Equal(expected.Candidates[0].LogProbability, best.GetProperty("log_probability").GetDouble());
        var part = root.GetProperty("parts")[0];
        Assert.Equal(expected.Parts[0].Source.Pieces, part.GetProperty("source_pieces").EnumerateArray().Select(piece => piece.GetString()));
        Assert.Equal(expected.Parts[0].Source.Ids.Length + 1, part.GetProperty("candidates")[0].GetProperty("alignment")[0].GetArrayLength());
    }

    [Fact]
    public void ScoresStandBeforeATab() =>
        Assert.Matches(@"^-\d+\.\d{4}\t", Translate("I am hungry.\n", "--scores").Output);

    [Fact]
    public void AStreamSaysWhatGreedySearchFinds()
    {
        string input = "I am hungry.\n\nThe library.\n";
        string[] common = ["translate", "--model", disk.Model, "--max-length", "6"];

        Assert.Equal(CommandLine.Run(input, [.. common, "--beam", "1"]).Output, CommandLine.Run(input, [.. common, "--stream"]).Output);
    }

    [Fact]
    public void DrawsDependOnTheSeedAndTheLineAlone()
    {
        string[] common = ["translate", "--model", disk.Model, "--max-length", "6", "--sample", "--temperature", "2", "--seed"];
        string input = "\nI am hungry.\nI am hungry.\n";

        var drawn = CommandLine.Run(input, [.. common, "4"]);

        Assert.Equal(drawn.Output, CommandLine.Run(input, [.. common, "4", "--batch-size", "1"]).Output);
        Assert.NotEqual(drawn.Output, CommandLine.Run(input, [.. common, "5"]).Output);
        Assert.NotEqual(drawn.Lines[1], drawn.Lines[2]);
    }

    [Fact]
    public void ATranslationCutAtItsMaximumIsSaid()
    {
        var outcome = CommandLine.Run("I am hungry.\n", ["translate", "--model", disk.Model, "--max-length", "1", "--min-length", "1"]);

        Assert.Equal(0, outcome.Code);
        Assert.Contains("line 1: the translation ended at its maximum length", outcome.Error);
    }

    [Fact]
    public void CancellingEndsWithItsOwnCode()
    {
        var outcome = CommandLine.Run("I am hungry.\n", ["translate", "--model", disk.Model], new CancellationToken(canceled: true));

        Assert.Equal((130, "pellucid: interrupted\n"), (outcome.Code, outcome.Error));
    }

    [Theory]
    [InlineData("--bem-size 3", "--beam-size")]
    [InlineData("--num-beam 3", "--num-beams")]
    [InlineData("--beam-size 0", "whole number of at least 1")]
    [InlineData("--beam-size two", "'two' is not a whole number")]
    [InlineData("--length-penalty 1,5", "decimal separator")]
    [InlineData("--beam-size", "needs a value")]
    [InlineData("--beam 2 --num-beams 3", "more than once")]
    [InlineData("--n-best 6", "more than --beam-size 5")]
    [InlineData("--temperature 2", "add --sample")]
    [InlineData("--sample --beam 2", "leave one out")]
    [InlineData("--stream --beam 2", "--stream goes with")]
    [InlineData("--stream --scores", "plain text")]
    [InlineData("--format jsn", "did you mean 'json'")]
    [InlineData("--input a text", "either text on the command line or --input")]
    public void BadUsageIsOneLineThatHelps(string flags, string expected) =>
        Assert.Contains(expected, CommandLine.Run(["translate", "--model", disk.Model, .. flags.Split(' ')]).Failure(2));

    [Fact]
    public void WhatIsWrongWithAModelIsOneLine()
    {
        string truncated = disk.Damaged("truncated", bytes => bytes[..^100]);
        string notANumber = disk.Damaged("nan", bytes => [.. bytes[..^4], .. BitConverter.GetBytes(float.NaN)]);
        string lying = disk.Damaged("lying", bytes => [.. BitConverter.GetBytes(ulong.MaxValue), .. bytes[8..]]);
        string other = disk.Damaged("other", bytes => bytes);
        string config = Path.Combine(other, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"hidden_width\": 24", "\"hidden_width\": 25"));

        Assert.Contains("nowhere: there is no such model folder", Fails("nowhere"));
        Assert.Contains("model.safetensors", Fails(truncated));
        Assert.Contains("NaN", Fails(notANumber));
        Assert.Contains("header", Fails(lying));
        Assert.Matches(@"tensor '.*feed_forward.*\[24, 16\].*\[25, 16\]", Fails(other));

        File.WriteAllText(config, File.ReadAllText(config).Replace("\"heads\"", "\"haeds\""));
        Assert.Contains("heads", Fails(other));

        string Fails(string model) => CommandLine.Run("translate", "--model", model, "text").Failure(1);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsOneLine() =>
        Assert.Contains("does not exist", CommandLine.Run("translate", "--model", disk.Model, "-o", disk.Path("no/such/file"), "--max-length", "2", "text").Failure(1));

    [Fact]
    public void AFullDiskIsOneLine()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("this system has no /dev/full");

        Assert.Contains("No space left", CommandLine.Run("translate", "--model", disk.Model, "-o", "/dev/full", "--max-length", "2", "text").Failure(1));
        Assert.True(File.Exists("/dev/full"));
    }

    private Outcome Translate(string input, params string[] more) =>
        CommandLine.Run(Encoding.UTF8.GetBytes(input), ["translate", "--model", disk.Model, "--beam", "2", "--max-length", "6", .. more]);
}
