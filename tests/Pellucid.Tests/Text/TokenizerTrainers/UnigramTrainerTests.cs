using Pellucid.Tests.Text.Tokenizers.SentencePiece;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;
using Pellucid.Text.TokenizerTrainers.Unigram;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class UnigramTrainerTests
{
    private static readonly IEnumerable<string> ManyLines = Enumerable.Repeat(SomeText.Lines, 6).SelectMany(lines => lines);

    private static Tokenizer Small(int size = 90, IEnumerable<string>? lines = null) => UnigramTrainer.Train(lines ?? ManyLines, new() { VocabularySize = size });

    [Fact]
    public void TheVocabularyHasTheSizeThatWasAskedForAndBeginsWithSpecialTokens()
    {
        var tokenizer = Small();
        Assert.Equal(90, tokenizer.VocabularySize);
        Assert.Equal(["<pad>", "<s>", "</s>", "<unk>"], tokenizer.Vocabulary.Pieces.Take(4));
        Assert.Contains("▁the", tokenizer.Vocabulary.Pieces);
        foreach (var line in SomeText.Lines) Assert.Equal(line, tokenizer.Decode(tokenizer.EncodeToIds(line)));
    }

    [Fact]
    public void TheOrderOfTheLinesDoesNotMatter()
    {
        var forwards = (UnigramModel)Small().Model;
        var backwards = (UnigramModel)Small(lines: ManyLines.Reverse()).Model;
        Assert.Equal(forwards.Vocabulary.Pieces, backwards.Vocabulary.Pieces);
        Assert.Equal(forwards.Scores, backwards.Scores);
    }

    [Fact]
    public void TrainingsSideBySideLearnTheSameToTheLastBit()
    {
        var lines = SomeText.Random(3000, seed: 3).Concat(ManyLines).ToList();
        var alone = (UnigramModel)UnigramTrainer.Train(lines, new() { VocabularySize = 1200, CharacterCoverage = 0.9 }).Model;
        var together = new UnigramModel[6];
        Parallel.For(0, together.Length, i => together[i] = (UnigramModel)UnigramTrainer.Train(lines, new() { VocabularySize = 1200, CharacterCoverage = 0.9 }).Model);
        Assert.All(together, model => Assert.Equal(alone.Vocabulary.Pieces, model.Vocabulary.Pieces));
        Assert.All(together, model => Assert.Equal(alone.Scores, model.Scores));
    }

    [Fact]
    public void EveryRoundMakesTheTextMoreLikely()
    {
        var options = new UnigramTrainerOptions();
        (string, long)[] words = [("▁low", 5), ("▁lower", 2), ("▁newest", 6), ("▁widest", 3)];
        var characters = words.SelectMany(word => word.Item1.Select(letter => (Letter: letter.ToString(), Count: word.Item2)))
            .GroupBy(entry => entry.Letter).Select(group => (group.Key, group.Sum(entry => entry.Count))).OrderBy(entry => entry.Key).ToList();
        var (pieces, scores) = SeedPieces.Find(words, characters, new(options, new HashSet<string>()), options, CancellationToken.None);
        Assert.Contains("est", pieces);
        var before = double.NegativeInfinity;
        for (var round = 0; round < 8; round++)
        {
            var (expected, likelihood) = Expectation.Of(new(pieces, scores), words, null, CancellationToken.None);
            Assert.True(likelihood >= before - 1e-9, $"{likelihood} after {before}");
            before = likelihood;
            var sum = Math.Log(expected.Sum());
            scores = [.. expected.Select(count => Math.Log(Math.Max(count, 1e-9)) - sum)]; // EM proper, without the prior
        }
    }

    [Fact]
    public void ExpectedCountsAreThoseOfAllSegmentationsOneByOne()
    {
        string[] pieces = ["a", "b", "ab", "ba", "aba", "c"];
        double[] scores = [.. pieces.Select((_, i) => Math.Log(0.05 * (i + 1)))];
        var (expected, likelihood) = Expectation.Of(new(pieces, scores), [("abacab", 3)], null, CancellationToken.None);
        var sums = new double[pieces.Length];
        var all = 0.0;
        void Walk(string rest, double probability, int[] counts)
        {
            if (rest.Length == 0)
            {
                all += probability;
                for (var i = 0; i < counts.Length; i++) sums[i] += probability * counts[i];
                return;
            }
            for (var i = 0; i < pieces.Length; i++)
            {
                if (!rest.StartsWith(pieces[i], StringComparison.Ordinal)) continue;
                counts[i]++;
                Walk(rest[pieces[i].Length..], probability * Math.Exp(scores[i]), counts);
                counts[i]--;
            }
        }
        Walk("abacab", 1, new int[pieces.Length]);
        Assert.Equal(3 * Math.Log(all), likelihood, 1e-12);
        for (var i = 0; i < pieces.Length; i++) Assert.Equal(3 * sums[i] / all, expected[i], 1e-12);
    }

    [Fact]
    public void AWordOfAnyLengthHasAProbability()
    {
        var word = string.Concat(Enumerable.Repeat("ab", 20_000));
        var (expected, likelihood) = Expectation.Of(new(["a", "b", "ab"], [-20, -21, -22]), [(word, 2)], null, CancellationToken.None);
        // Each "ab" is one piece or two, whatever the others are.
        var one = Math.Exp(-22) + Math.Exp(-41);
        Assert.Equal(2 * 20_000 * Math.Log(one), likelihood, 1e-4);
        Assert.Equal(2 * 20_000 * Math.Exp(-22) / one, expected[2], 1e-4);
        Assert.Equal(2 * 20_000 * Math.Exp(-41) / one, expected[0], 1e-10);
    }

    [Fact]
    public void SeedsAreTheRepeatedSubstringsThatAreNotAlwaysFollowedByTheSame()
    {
        var options = new UnigramTrainerOptions();
        var random = new Random(3);
        for (var trial = 0; trial < 50; trial++)
        {
            var words = Enumerable.Range(0, 8).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "abc"[random.Next(3)])))
                .Distinct().Select(word => (word, (long)random.Next(1, 4))).ToList();
            var counts = new Dictionary<string, long>();
            var followers = new Dictionary<string, HashSet<char>>();
            foreach (var (word, count) in words)
                for (var start = 0; start < word.Length; start++)
                    for (var end = start + 1; end <= word.Length; end++)
                    {
                        var part = word[start..end];
                        counts[part] = counts.GetValueOrDefault(part) + count;
                        followers.TryAdd(part, []);
                        followers[part].Add(end < word.Length ? word[end] : '\0');
                    }
            var expected = counts.Where(entry => entry.Key.Length > 1 && entry.Value > 1 && (followers[entry.Key].Count > 1 || followers[entry.Key].Contains('\0')))
                .Select(entry => entry.Key).Order(StringComparer.Ordinal);
            var (pieces, _) = SeedPieces.Find(words, [], new(options, new HashSet<string>()), options, CancellationToken.None);
            Assert.Equal(expected, pieces.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void NoPieceMixesScriptsOrDigitsAndLetters()
    {
        var tokenizer = Small(220, Enumerable.Repeat("abcабв 中文abc 日本のカメラ a1 b22 x\u0301y", 30));
        Assert.Contains(tokenizer.Vocabulary.Pieces, piece => piece!.Contains("のカ", StringComparison.Ordinal));
        Assert.DoesNotContain(tokenizer.Vocabulary.Pieces.Skip(4), piece => piece!.Any(char.IsAsciiLetter) && piece!.Any(c => c > 0x370 && c != '▁'));
        Assert.DoesNotContain(tokenizer.Vocabulary.Pieces, piece => piece!.Any(char.IsAsciiLetter) && piece!.Any(char.IsAsciiDigit));
    }

    [Fact]
    public void SymbolsStayWholeAndBytesSpellWhatIsRare()
    {
        var tokenizer = UnigramTrainer.Train(ManyLines, new() { VocabularySize = 400, ByteFallback = true, UserDefinedSymbols = ["<b>", "ibra"] });
        Assert.Equal(["▁", "<b>", "l", "ibra", "ry"], tokenizer.Encode("<b>library").Pieces.Select(piece => piece is "▁l" ? "l" : piece));
        var ids = tokenizer.EncodeToIds("ж 中");
        Assert.DoesNotContain(tokenizer.UnknownId, ids);
        Assert.Equal("ж 中", tokenizer.Decode(ids));
    }

    [Fact]
    public void TooLittleRoomOrNoTextIsSaid()
    {
        Assert.Contains("no room", Assert.Throws<TokenizerException>(() => Small(20)).Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(() => UnigramTrainer.Train([]));
        Assert.Throws<TokenizerException>(() => UnigramTrainer.Train(["", " "]));
        Assert.Throws<TokenizerException>(() => UnigramTrainer.Train(["a"], new() { NormalizationRules = "nfd" }));
    }

    [Fact]
    public void TrainingStopsWhenCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => UnigramTrainer.Train(ManyLines, cancellation: cancellation.Token));
    }

    [Fact]
    public void SpmEncodeReadsTheModelAndItIsAsLikelyAsOneOfSpmTrain()
    {
        Spm.Require();
        var lines = File.ReadLines(SharedFiles.Require("corpora/tatoeba-en-es/train.tsv")).Take(20_000).Select(line => line.Split('\t')[1]).ToArray();
        using var folder = new TemporaryFolder();
        var input = folder.File("training.txt", string.Join('\n', lines) + "\n");
        var theirs = SentencePieceFile.Read(Spm.Train(input, folder.File("theirs"), "--vocab_size=4000"));
        var own = UnigramTrainer.Train(lines, new() { VocabularySize = 4000, SpecialTokens = new() { Padding = null } });
        Assert.Equal(4000, own.VocabularySize);
        var ratio = Likelihood(own, lines) / Likelihood(theirs, lines);
        Assert.InRange(ratio, 0, 1.01);

        SentencePieceFile.Write(own, folder.File("own.model"));
        var ids = Spm.EncodeToIds(folder.File("own.model"), input);
        for (var i = 0; i < lines.Length; i++) Assert.Equal(ids[i], string.Join(' ', own.EncodeToIds(lines[i])));
    }

    // Minus the logarithm of the probability of the best segmentations.
    private static double Likelihood(Tokenizer tokenizer, string[] lines)
    {
        var scores = ((UnigramModel)tokenizer.Model).Scores;
        var unknown = scores.Min() - 10;
        return -lines.Sum(line => tokenizer.EncodeToIds(line).Sum(id => id == tokenizer.UnknownId ? unknown : (double)scores[id]));
    }
}
