using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Cli;

public sealed class TokenizerAndCheckpointTests(ModelOnDisk disk) : IClassFixture<ModelOnDisk>
{
    private const string Text = "Where is the library?\n\n¿Dónde está?  Zwei Wörter.\n";

    [Theory]
    [InlineData("ids")]
    [InlineData("pieces")]
    public void DecodingIsTheWayBackFromEncoding(string format)
    {
        var encoded = CommandLine.Run(Text, ["tokenizer", "encode", "--tokenizer", disk.Model, "--format", format]);
        var decoded = CommandLine.Run(encoded.Output, ["tokenizer", "decode", "--tokenizer", disk.Model, "--format", format]);

        Assert.Equal((0, 0, Text), (encoded.Code, decoded.Code, decoded.Output));
    }

    [Fact]
    public void JsonHoldsPiecesAndOffsets()
    {
        var expected = SmallModel.Tokenizer.Encode("the library");

        var root = JsonDocument.Parse(CommandLine.Run("tokenizer", "encode", "-t", disk.Model, "--format", "json", "the library").Output).RootElement;

        Assert.Equal(expected.Ids, root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(expected.Offsets.Select(span => span.End), root.GetProperty("offsets").EnumerateArray().Select(span => span[1].GetInt32()));
    }

    [Theory]
    [InlineData("5 6\n99999\n", "line 2: there is no piece 99999; the ids are 0 to 329")]
    [InlineData("-1\n", "line 1: there is no piece -1")]
    [InlineData("the\n", "line 1: 'the' is not an id; for pieces say --format pieces")]
    public void AnIdOutOfRangeIsAnErrorThatNamesItsLine(string input, string expected)
    {
        var outcome = CommandLine.Run(input, ["tokenizer", "decode", "-t", disk.Model]);

        Assert.Equal(1, outcome.Code);
        Assert.Contains(expected, outcome.Error);
    }

    [Fact]
    public void ATokenizerIsLearnedFromFiles()
    {
        string text = disk.Write("text.tsv", "a cat\tun gato\na dog\tun perro\n"), output = disk.Path("learned.json");

        Assert.Equal(0, CommandLine.Run("tokenizer", "train", text, "--type", "word", "-o", output).Code);
        Assert.Equal("▁un ▁perro ▁a <unk>", CommandLine.Run("tokenizer", "encode", "-t", output, "un perro a bird").Lines[0]);
        Assert.Contains("no room", CommandLine.Run("tokenizer", "train", text, "--vocab", "100", "-o", output).Failure(1));
        Assert.Contains("--output FILE is needed", CommandLine.Run("tokenizer", "train", text).Failure(2));
        Assert.Contains("the file is empty", CommandLine.Run("tokenizer", "train", disk.Write("empty", ""), "-o", output).Failure(1));
        Assert.Contains("is for --type bpe only", CommandLine.Run("tokenizer", "train", text, "--type", "word", "--no-byte-fallback", "-o", output).Failure(2));
    }

    [Fact]
    public void ACheckpointTellsWhatItHolds()
    {
        using var file = SafetensorsFile.Open(Path.Combine(disk.Model, "model.safetensors"));

        string[] text = CommandLine.Run("checkpoint", "info", disk.Model).Lines;
        var json = JsonDocument.Parse(CommandLine.Run("checkpoint", "info", disk.Model, "--format", "json").Output).RootElement;

        Assert.Contains($"{file.Entries.Count} tensors", text[1]);
        Assert.All(file.Entries, entry => Assert.Contains(text, line => line.Contains(entry.Name) && line.EndsWith(entry.ShapeText)));
        Assert.Equal(file.Entries.Sum(entry => entry.ElementCount), json.GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void AnAverageLiesBetweenItsSources()
    {
        string other = disk.Path("other"), output = disk.Path("mean.safetensors");
        SmallModel.New(seed: 4).Save(other);

        Assert.Equal(0, CommandLine.Run("checkpoint", "average", disk.Model, other, "-o", output).Code);

        using var first = SafetensorsFile.Open(Path.Combine(disk.Model, "model.safetensors"));
        using var second = SafetensorsFile.Open(Path.Combine(other, "model.safetensors"));
        using var mean = SafetensorsFile.Open(output);
        Assert.All(mean.Entries, entry => Assert.Equal(
            first.ReadFloats(entry.Name).Zip(second.ReadFloats(entry.Name), (a, b) => (float)(((double)a + b) / 2)), mean.ReadFloats(entry.Name)));
        Assert.Contains("CHECKPOINT... is missing", CommandLine.Run("checkpoint", "average", "-o", output).Failure(2));
    }
}
