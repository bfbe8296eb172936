using System.Globalization;
using System.Text.Json;
using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Cli;

public sealed class MetricAndScoreTests(ModelOnDisk disk) : IClassFixture<ModelOnDisk>
{
    private static readonly string[] Hypotheses = ["the cat is on the mat .", "there is a small cat here", "a dog"];
    private static readonly string[] References = ["the cat sat on the mat .", "there is a cat on the mat", "a big dog"];

    [Fact]
    public void ScoresAreTheMetricsOwnWithTheirSignatures()
    {
        var outcome = CommandLine.Run(Text(Hypotheses), ["evaluate", disk.Write("ref", Text(References)), "--metrics", "bleu,chrf,chrf++,ter"]);

        Assert.Equal(0, outcome.Code);
        Assert.Equal(Metric.Names.Select(name => Metric.ByName(name).Corpus(Hypotheses, References).FormatWithSignature()), outcome.Lines);
    }

    [Fact]
    public void SeveralFilesAreSeveralReferences()
    {
        string first = disk.Write("ref1", Text(References)), second = disk.Write("ref2", Text(Hypotheses));

        var outcome = CommandLine.Run(Text(Hypotheses), ["evaluate", first, second, "--metrics", "bleu", "--tokenize", "char", "--width", "1"]);

        var expected = new Bleu(new BleuOptions { Tokenizer = BleuTokenizer.Character }).Corpus(Hypotheses, [References, Hypotheses]);
        Assert.Equal(expected.FormatWithSignature(1), Assert.Single(outcome.Lines));
    }

    [Fact]
    public void EverySentenceHasItsScores()
    {
        var outcome = CommandLine.Run(Text(Hypotheses), ["evaluate", disk.Write("ref3", Text(References)), "-sl", "--metrics", "bleu,ter"]);

        var expected = Hypotheses.Zip(References, (hypothesis, reference) => string.Create(CultureInfo.InvariantCulture,
            $"{new Bleu().Sentence(hypothesis, reference).Score:F2}\t{new Ter().Sentence(hypothesis, reference).Score:F2}"));
        Assert.Equal(expected, outcome.Lines);
    }

    [Theory]
    [InlineData("a\nb\n", "standard input, line 3", "has 3")]
    [InlineData("a\nb\nc\nd\n", ", line 4", "standard input has 4")]
    [InlineData("", "standard input: the file is empty", "")]
    public void UnequalNumbersOfLinesNameTheLine(string input, string place, string count)
    {
        string message = CommandLine.Run(input, ["evaluate", disk.Write("ref4", Text(References))]).Failure(1);

        Assert.Contains(place, message);
        Assert.Contains(count, message);
    }

    [Theory]
    [InlineData("evaluate REF --metrics blue", "did you mean 'bleu'")]
    [InlineData("evaluate", "REFERENCE is missing")]
    [InlineData("evaluate REF --model somewhere", "--model goes with --test or --source")]
    [InlineData("evaluate REF --test REF", "leave out")]
    [InlineData("evaluate REF --smooth-method exp --smooth-value 2", "takes no value")]
    public void BadUsageIsOneLine(string line, string expected) =>
        Assert.Contains(expected, CommandLine.Run(line.Replace("REF", disk.Write("ref5", Text(References))).Split(' ')).Failure(2));

    [Fact]
    public void AModelIsScoredOnWhatItTranslates()
    {
        string test = disk.Write("test.tsv", "I am hungry.\tTengo hambre.\nThe library.\tLa biblioteca.\n"), saved = disk.Path("saved");
        string[] search = ["--model", disk.Model, "--beam", "2", "--max-length", "6"];

        var outcome = CommandLine.Run(["evaluate", "--test", test, "--save", saved, "--metrics", "chrf", .. search]);

        Assert.Equal(CommandLine.Run("I am hungry.\nThe library.\n", ["translate", .. search]).Output, File.ReadAllText(saved));
        Assert.Equal(CommandLine.Run("evaluate", disk.Write("ref6", "Tengo hambre.\nLa biblioteca.\n"), "-i", saved, "--metrics", "chrf").Output, outcome.Output);
        Assert.Equal(outcome.Output, CommandLine.Run(["evaluate", disk.Path("ref6"), "--source", disk.Write("src", "I am hungry.\nThe library.\n"), "--metrics", "chrf", .. search]).Output);
    }

    [Fact]
    public void AForcedScoreIsTheSearchsOwnBitForBit()
    {
        var found = CommandLine.Run("I am hungry.\n", ["translate", "--model", disk.Model, "--beam", "2", "--max-length", "12", "--format", "json"]);
        var translation = JsonDocument.Parse(found.Lines[0]).RootElement;
        var pieces = translation.GetProperty("parts")[0].GetProperty("candidates")[0].GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()).ToList();
        string target = translation.GetProperty("translations")[0].GetProperty("text").GetString()!;

        var outcome = CommandLine.Run("score", disk.Write("pairs.tsv", $"I am hungry.\t{target}\n"), "--model", disk.Model, "--format", "json");

        Assert.Equal(0, outcome.Code);
        var scored = JsonDocument.Parse(outcome.Lines[0]).RootElement;
        Assert.Contains("1 pairs", outcome.Error);
        var values = scored.GetProperty("log_probabilities").EnumerateArray().Select(value => value.GetSingle()).ToList();
        Assert.Equal(scored.GetProperty("log_probability").GetDouble(), values.Sum(value => (double)value));
        if (pieces.SequenceEqual(scored.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString())))
            Assert.Equal(translation.GetProperty("translations")[0].GetProperty("log_probability").GetDouble(), scored.GetProperty("log_probability").GetDouble());
    }

    [Fact]
    public void FilesToScoreMustBeParallel()
    {
        string sources = disk.Write("s", "a\nb\n"), targets = disk.Write("t", "a\n");

        Assert.Contains("line 2", CommandLine.Run("score", sources, targets, "--model", disk.Model).Failure(1));
        Assert.Contains("tab", CommandLine.Run("score", sources, "--model", disk.Model).Failure(1));
        Assert.Contains("there is no such file", CommandLine.Run("score", disk.Path("nowhere"), "--model", disk.Model).Failure(1));
    }

    private static string Text(string[] lines) => string.Join('\n', lines) + "\n";
}
