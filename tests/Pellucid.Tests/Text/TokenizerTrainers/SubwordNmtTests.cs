using System.Text.Json;
using Pellucid.Text;
using Pellucid.Text.Corpora;
using Pellucid.Text.Tokenizers.SubwordNmt;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class SubwordNmtTests
{
    private static JsonElement Cases() => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Text", "TokenizerTrainers", "subword_nmt_cases.json"))).RootElement;

    private static List<string> Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    [Fact]
    public void OneThousandMergesAreThoseOfSubwordNmt()
    {
        var corpus = SharedFiles.Require("goldens/tokenizers/subword-nmt/corpus.en");
        var reference = SharedFiles.Require("goldens/tokenizers/subword-nmt/bpe.ref");
        using var folder = new TemporaryFolder();
        SubwordNmtTrainer.Train(LineReader.Lines(corpus), merges: 1000).Save(folder.File("codes"));
        Assert.Equal(File.ReadAllBytes(reference), File.ReadAllBytes(folder.File("codes")));
    }

    [Fact]
    public void ApplyingThemCutsTheCorpusAsSubwordNmtDoes()
    {
        var corpus = SharedFiles.Require("goldens/tokenizers/subword-nmt/corpus.en");
        var reference = SharedFiles.Require("goldens/tokenizers/subword-nmt/corpus.bpe.ref.en");
        var bpe = SubwordNmtBpe.Load(SharedFiles.Require("goldens/tokenizers/subword-nmt/bpe.ref"));
        Assert.Equal(LineReader.Lines(reference), LineReader.Lines(corpus).Select(bpe.Apply));
        Assert.Equal(LineReader.Lines(corpus), LineReader.Lines(reference).Select(bpe.Restore));
    }

    [Fact]
    public void MergesOfAFewLinesAreThoseOfThePlainAlgorithm()
    {
        var cases = Cases();
        var bpe = SubwordNmtTrainer.Train(Strings(cases.GetProperty("lines")), merges: 40);
        Assert.Equal(Strings(cases.GetProperty("merges")), bpe.Merges.Select(merge => merge.ToString()));
    }

    [Fact]
    public void LinesAreCutAsByThePlainAlgorithm()
    {
        var cases = Cases();
        var bpe = SubwordNmtTrainer.Train(Strings(cases.GetProperty("lines")), merges: 40);
        foreach (var pair in cases.GetProperty("applied").EnumerateArray())
            Assert.Equal(pair[1].GetString(), bpe.Apply(pair[0].GetString()!));
    }

    [Fact]
    public void ARepeatedPairInALongWordIsCutTheSameByHeapAndByScan()
    {
        var bpe = SubwordNmtTrainer.Train([new string('a', 16) + " " + new string('a', 16)], merges: 2);
        var scanned = bpe.Apply(new string('a', 40));
        var heaped = bpe.Apply(new string('a', 400));
        Assert.StartsWith("aaaa@@ aaaa@@ ", scanned, StringComparison.Ordinal);
        Assert.StartsWith("aaaa@@ aaaa@@ ", heaped, StringComparison.Ordinal);
        Assert.Equal(new string('a', 400), bpe.Restore(heaped));
    }

    [Theory]
    [InlineData("", "first line")]
    [InlineData("#version: 0.1\na b\n", "first line")]
    [InlineData("#version: 0.2\na b\nabc\n", "line 3")]
    [InlineData("#version: 0.2\na b c\n", "line 2")]
    [InlineData("#version: 0.2\na b\na b\n", "twice")]
    public void ADamagedCodesFileIsRefusedByLine(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("codes", content);
        var error = Assert.Throws<TokenizerException>(() => SubwordNmtBpe.Load(path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.File);
    }
}
