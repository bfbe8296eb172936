using System.Globalization;
using System.Text.Json;
using Pellucid.Tensors;
using Pellucid.Words;

namespace Pellucid.Tests.Cli;

public sealed class Word2VecTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void GensimsAndWord2vecsNamesLearnTheSameVectors()
    {
        string text = Text();
        Assert.Equal(0, CommandLine.Run("word2vec", "train", text, "--sg", "1", "--vector-size", "12", "--window", "3", "--negative", "4", "--epochs", "2", "--min-count", "2", "--alpha", "0.05", "--sample", "0", "--workers", "1", "-o", At("a.txt")).Code);
        Assert.Equal(0, CommandLine.Run("word2vec", "train", "-train", text, "-cbow", "0", "-size", "12", "-window", "3", "-negative", "4", "-iter", "2", "-min-count", "2", "-alpha", "0.05", "-sample", "0", "-threads", "2", "-output", At("b.txt")).Code);
        Assert.Equal(File.ReadAllBytes(At("a.txt")), File.ReadAllBytes(At("b.txt")));
        Assert.Equal(12, WordVectorFile.Read(At("a.txt")).Width);
    }

    [Theory]
    [InlineData("--sg 1")]
    [InlineData("--hs 1 --negative 0")]
    [InlineData("--cbow-mean 0")]
    [InlineData("--shrink-windows 0")]
    [InlineData("--ns-exponent 0")]
    [InlineData("--negative 1")]
    [InlineData("--seed 2")]
    [InlineData("--window 2")]
    [InlineData("--sample 0.01")]
    [InlineData("--alpha 0.1")]
    [InlineData("--min-alpha 0.02")]
    [InlineData("--batch-windows 8")]
    [InlineData("--epochs 1")]
    public void EveryFlagOfLearningChangesTheVectors(string flags)
    {
        string text = Text();
        string[] common = ["word2vec", "train", text, "--vector-size", "8", "--min-count", "1", "--sample", "0", "--epochs", "2"];
        var names = flags.Split(' ').Where(word => word.StartsWith("--")).ToHashSet();
        string[] kept = [.. common.Where((word, i) => !names.Contains(word) && (i == 0 || !names.Contains(common[i - 1])))];
        Assert.Equal(0, CommandLine.Run([.. common, "-o", At("a.txt")]).Code);
        Assert.Equal(0, CommandLine.Run([.. kept, .. flags.Split(' '), "-o", At("b.txt")]).Code);
        Assert.NotEqual(File.ReadAllBytes(At("a.txt")), File.ReadAllBytes(At("b.txt")));
    }

    [Fact]
    public void WindowsAndSamplesMayBeMany() =>
        Assert.Equal(0, CommandLine.Run("word2vec", "train", Text(20), "--sg", "1", "--window", "700", "--negative", "700", "--batch-windows", "4", "--vector-size", "4", "--epochs", "1", "-o", At("v.txt")).Code);

    [Fact]
    public void TheVocabularyIsWrittenWithItsCountsAndLimited()
    {
        var outcome = CommandLine.Run("word2vec", "train", Text(), "--vector-size", "4", "--min-count", "1", "--max-final-vocab", "3", "--save-vocab", At("vocab"), "-o", At("v.bin"));
        Assert.Equal(0, outcome.Code);
        string[] vocabulary = File.ReadAllLines(At("vocab"));
        Assert.Equal(3, vocabulary.Length);
        Assert.Equal([.. vocabulary.Select(line => line.Split(' ')[0])], Enumerable.Range(0, 3).Select(id => WordVectorFile.Read(At("v.bin")).Vocabulary[id]));
        Assert.True(long.Parse(vocabulary[0].Split(' ')[1], CultureInfo.InvariantCulture) >= long.Parse(vocabulary[2].Split(' ')[1], CultureInfo.InvariantCulture));
        Assert.Contains("words/s", outcome.Error);
        Assert.NotEqual(' ', (char)File.ReadAllBytes(At("v.bin"))[^1]);
    }

    [Fact]
    public void InterruptedTrainingWritesWhatThereIs()
    {
        // A signal while the text is counted: nothing is learned yet, and nothing is written.
        using var before = new CancellationTokenSource();
        before.Cancel();
        var outcome = CommandLine.Run("", ["word2vec", "train", Text(sentences: 400_000), "-o", At("v.txt")], before.Token);
        Assert.Equal("interrupted", outcome.Failure(130));
        Assert.False(File.Exists(At("v.txt")));
        // A small text is counted before anybody looks, and learning ends at once.
        outcome = CommandLine.Run("", ["word2vec", "train", Text(), "-o", At("v.txt")], before.Token);
        Assert.Equal(130, outcome.Code);
        Assert.Contains("interrupted, after 0.0 %", outcome.Error);
        Assert.True(WordVectorFile.Read(At("v.txt")).Vocabulary.Count > 5);
    }

    [Theory]
    [InlineData("--sg 1 --cbow 1", "contradict each other")]
    [InlineData("--hs 1 --negative 5", "takes the place of negative samples")]
    [InlineData("--negative 0", "nothing else to learn from")]
    [InlineData("--sg 1 --cbow-mean 0", "is for CBOW")]
    [InlineData("--min-alpha 1", "the rate can only fall")]
    [InlineData("--vector-sise 5", "did you mean '--vector-size'")]
    [InlineData("-sice 5", "did you mean '-size'")]
    [InlineData("--binary 2", "neither 0 nor 1")]
    [InlineData("--hs 1 --ns-exponent 0.5", "is for negative samples")]
    public void FlagsThatContradictAreBadUsage(string flags, string said) =>
        Assert.Contains(said, CommandLine.Run([.. "word2vec train text -o v.txt".Split(' '), .. flags.Split(' ')]).Failure(2));

    [Fact]
    public void PhrasesBecomeWords()
    {
        string text = Write("phrases", string.Concat(Enumerable.Range(0, 40).Select(i => $"a{i % 5} new york city b{i % 7} c{i % 3} hot d{i % 2} hot dog\n")));
        string[] line = ["word2vec", "train", text, "--vector-size", "4", "--min-count", "1", "-o", At("v.txt"), "--phrases-threshold", "1.2", "--phrases-min-count", "3"];
        Assert.Contains("--phrases PASSES is needed", CommandLine.Run(line).Failure(2));
        var outcome = CommandLine.Run([.. line, "--phrases", "1", "--save-phrases", At("joined")]);
        Assert.Equal(0, outcome.Code);
        Assert.Contains("phrases", outcome.Error);
        Assert.StartsWith("a0 new_york city b0 ", File.ReadAllLines(At("joined"))[0]);
        Assert.True(WordVectorFile.Read(At("v.txt")).Vocabulary.IdOf("new_york") >= 0);
        Assert.Equal(0, CommandLine.Run([.. line, "--phrases", "2"]).Code);
        Assert.True(WordVectorFile.Read(At("v.txt")).Vocabulary.IdOf("new_york_city") >= 0);
    }

    [Fact]
    public void WhatIsMissingIsTold()
    {
        Assert.Contains("--output FILE is needed", CommandLine.Run("word2vec", "train", "text").Failure(2));
        Assert.Contains("a text is missing", CommandLine.Run("word2vec", "train", "-o", At("v")).Failure(2));
        Assert.Contains("there is no such file", CommandLine.Run("word2vec", "train", At("none"), "-o", At("v")).Failure(1));
        Assert.Contains("no word occurs 5 times", CommandLine.Run("word2vec", "train", Write("few", "a b c\n"), "-o", At("v")).Failure(1));
        Assert.Contains("at least two words", CommandLine.Run("word2vec", "train", Write("one", "a a a a a a\n"), "-o", At("v")).Failure(1));
        Assert.Contains("there is no such file", CommandLine.Run("word2vec", "similar", "a", "-v", At("none")).Failure(1));
        Assert.Contains("--vectors FILE is needed", CommandLine.Run("word2vec", "similar", "a").Failure(2));
        Assert.Contains("does not begin with the number of words", CommandLine.Run("word2vec", "similar", "a", "-v", Write("wrong", "hello\n")).Failure(1));
        Assert.Contains("'c' has no vector", CommandLine.Run("word2vec", "similar", "a", "c", "-v", Compass()).Failure(1));
        Assert.Contains("a list is missing", CommandLine.Run("word2vec", "evaluate", "-v", Compass()).Failure(2));
        Assert.Contains("three words are needed", CommandLine.Run("word2vec", "analogy", "a", "b", "-v", Compass()).Failure(2));
        Assert.Contains("not both", CommandLine.Run("word2vec", "analogy", "a", "b", "north", "--positive", "a", "-v", Compass()).Failure(2));
    }

    [Fact]
    public void NeighboursAnalogiesAndTheOddOneAreGivenWithTheirScores()
    {
        string file = Compass();
        Assert.Equal("northeast\t0.7071", CommandLine.Run("word2vec", "similar", "north", "-v", file, "-n", "1").Lines[0]);
        Assert.Equal(["north\tnortheast\t0.7071", "east\tnortheast\t0.7071"], CommandLine.Run("word2vec", "similar", "north", "east", "-v", file, "--topn", "1").Lines);
        var root = JsonDocument.Parse(CommandLine.Run("word2vec", "similar", "north", "-v", file, "-n", "1", "--json").Output).RootElement;
        Assert.Equal("northeast", root.GetProperty("word").GetString());
        Assert.Equal(Math.Sqrt(0.5), root.GetProperty("score").GetDouble(), 6);
        Assert.Equal("c\t1.0000", CommandLine.Run("word2vec", "analogy", "a", "b", "northeast", "-v", Write("steps", "5 2\na 1 0\nb 1 1\nnortheast 1 0\nc 1 1\nd -1 0\n"), "-n", "1").Lines[0]);
        string listed = CommandLine.Run("word2vec", "analogy", "--positive", "east", "--positive", "north", "-v", file, "-n", "1").Output;
        Assert.Equal("northeast\t1.0000\n", listed);
        Assert.StartsWith("northeast\t", CommandLine.Run("word2vec", "analogy", "south", "north", "east", "-v", file, "--method", "3cosmul").Output);
        Assert.StartsWith("south\t", CommandLine.Run("word2vec", "odd", "north", "northeast", "east", "south", "-v", file).Output);
    }

    [Fact]
    public void AWordOfAForeignFileDoesNotSteerTheTerminal()
    {
        string file = Write("hostile", "3 2\na\u001b[2J 1 0\nb\u202Eb 1 0.1\nc 0 1\n");
        string[][] asked =
        [
            ["word2vec", "similar", "c", "-v", file], ["word2vec", "similar", "c", "b\u202Eb", "-v", file], ["word2vec", "analogy", "c", "c", "c", "-v", file],
            ["word2vec", "odd", "c", "c", "a\u001b[2J", "-v", file],
        ];
        foreach (string[] args in asked)
        {
            string shown = CommandLine.Shown(args), piped = CommandLine.Run(args).Output;
            Assert.DoesNotContain(shown, letter => letter is '\u001b' or '\u202E');
            Assert.Contains('\uFFFD', shown);
            Assert.Equal(shown, piped.Replace('\u001b', '\uFFFD').Replace('\u202E', '\uFFFD'));
            Assert.Contains(piped, letter => letter is '\u001b' or '\u202E');
        }
    }

    [Fact]
    public void EvaluationReadsNoMoreWordsThanAnswer()
    {
        string file = Write("long", "4 2\nnorth 0 1\nsouth 0 -1\neast 1 0\nwest is no number\n"), questions = Write("q", "south north south north\n");
        string[] line = ["word2vec", "evaluate", "-v", file, "--analogies", questions];
        Assert.Contains("word 4 of 4", CommandLine.Run(line).Failure(1));
        Assert.Equal(0, CommandLine.Run([.. line, "--restrict-vocab", "3"]).Code);
        Assert.Equal(0, CommandLine.Run([.. line, "--limit", "3"]).Code);
        Assert.EndsWith("of     0, 1 left out", CommandLine.Run([.. line, "--restrict-vocab", "3", "--limit", "1"]).Lines[^1]);
    }

    [Fact]
    public void TheLimitOfTheVocabularyHasNotTheNameOfGensimsMemoryLimit() =>
        Assert.Contains("--max-vocab-size", CommandLine.Run("word2vec", "train", "text", "-o", "v", "--max-vocab-size", "3").Failure(2));

    [Fact]
    public void ExportingThereAndBackLosesNothing()
    {
        string text = At("v.txt"), binary = At("v.bin"), again = At("w.txt");
        Assert.Equal(0, CommandLine.Run("word2vec", "train", Text(), "--vector-size", "9", "-o", text).Code);
        Assert.Equal(0, CommandLine.Run("word2vec", "export", "-v", text, "-o", binary).Code);
        Assert.Equal(0, CommandLine.Run("word2vec", "export", "-v", binary, "-o", again).Code);
        Assert.Equal(File.ReadAllBytes(text), File.ReadAllBytes(again));
        Assert.True(new FileInfo(binary).Length < new FileInfo(text).Length);
        Assert.Equal(0, CommandLine.Run("word2vec", "export", "-v", binary, "-o", again, "--limit", "2").Code);
        Assert.Equal(2, WordVectorFile.Read(again).Vocabulary.Count);
    }

    [Fact]
    public void EvaluationGivesSectionsSumsAndCorrelations()
    {
        string questions = Write("q", ": places\nsouth north south north\nsouth north nowhere north\n: gram1\nsouth east east northeast\n");
        string pairs = Write("p", "# people\nnorth\tnortheast\t9\nnorth\teast\t5\nnorth\tsouth\t1\nnorth\tnowhere\t3\n");
        var outcome = CommandLine.Run("word2vec", "evaluate", "-v", Compass(), "--analogies", questions, "--pairs", pairs);
        Assert.Equal(0, outcome.Code);
        Assert.Contains("Spearman 1.0000", outcome.Lines[0]);
        Assert.Contains("3 pairs, 1 left out", outcome.Lines[0]);
        Assert.Contains(outcome.Lines, line => line.TrimStart().StartsWith("semantic", StringComparison.Ordinal));
        Assert.EndsWith("of     2, 1 left out", outcome.Lines[^1]);
        var json = CommandLine.Run("word2vec", "evaluate", "-v", Compass(), "--analogies", questions, "--json").Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["places", "gram1", "semantic", "syntactic", "total"], json.Select(line => line.GetProperty("section").GetString()));
    }

    private string Compass() => Write("compass", "5 2\nnorth 0 1\nsouth 0 -1\neast 1 0\nnortheast 2 2\na -1 0.5\n");

    /// <summary>Sentences of a few dozen words, seeded.</summary>
    private string Text(int sentences = 500)
    {
        var rng = new Rng(5);
        using var writer = new StreamWriter(At("text"));
        for (int i = 0; i < sentences; i++)
            writer.WriteLine(string.Join(' ', Enumerable.Range(0, 8).Select(j => "w" + rng.Below(1 + rng.Below(40, (ulong)(16 * i + 2 * j)), (ulong)(16 * i + 2 * j + 1)))));
        return At("text");
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    private string At(string name) => Path.Combine(_folder, name);

    [Fact]
    public void TheWholeWayIsExplainedOnASmallText()
    {
        var all = CommandLine.Run("word2vec", "explain").Output;
        Assert.Contains("Step 14 of 14 · man is to king as woman is to", all);
        Assert.Contains("Step 8 of 14", CommandLine.Run("word2vec", "explain", "--step", "pull").Output);
        Assert.Contains("词的地图", CommandLine.Run("word2vec", "explain", "--step", "12", "--lang", "zh").Output);
        Assert.Contains("cbow.scores[0,0,0,0]", CommandLine.Run("word2vec", "explain", "--cell", "cbow.probabilities[0,0,0,0]").Output);
        Assert.Equal(14, System.Text.Json.JsonDocument.Parse(CommandLine.Run("word2vec", "explain", "--format", "json").Output).RootElement.GetProperty("steps").GetArrayLength());
        Assert.Contains("there is no step 'x'; there are 1 to 14: ids, one_hot", CommandLine.Run("word2vec", "explain", "--step", "x").Failure(2));
        Assert.Contains("no tensor 'x'", CommandLine.Run("word2vec", "explain", "--cell", "x[0]").Failure(1));
        Assert.Contains("say --text FILE", CommandLine.Run("word2vec", "explain", "king").Failure(2));
    }
}
