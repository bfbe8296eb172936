using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers.SentencePiece;

public sealed class UnigramSegmentationTests
{
    private static readonly Tokenizer Small = UnigramTrainer.Train(Enumerable.Repeat(SomeText.Lines, 6).SelectMany(lines => lines), new() { VocabularySize = 90 });

    [Fact]
    public void TheBestOfManyIsTheOneThatEncodingGives()
    {
        foreach (var text in SomeText.Lines.Concat(SomeText.Random(300, seed: 11)))
        {
            var best = Small.EncodeBest(text, 5);
            Assert.Equal(Small.EncodeToIds(text), best[0].Ids);
            for (var i = 1; i < best.Count; i++) Assert.True(best[i].Score <= best[i - 1].Score + 1e-4);
        }
    }

    [Fact]
    public void TheListIsOfAllSegmentationsByTheirProbability()
    {
        const string Word = "▁lower";
        var scores = ((UnigramModel)Small.Model).Scores;
        var all = new List<(string Ids, double Score)>();
        void Walk(int at, List<int> ids, double score)
        {
            if (at == Word.Length) all.Add((string.Join(' ', ids), score));
            for (var end = at + 1; end <= Word.Length; end++)
            {
                if (!Small.Vocabulary.TryGetId(Word[at..end], out var id)) continue;
                Walk(end, [.. ids, id], score + scores[id]);
            }
        }
        Walk(0, [], 0);
        var best = Small.EncodeBest("lower", 1000);
        Assert.Equal(all.Count, best.Count);
        var expected = all.OrderByDescending(one => one.Score).ToList();
        for (var i = 0; i < best.Count; i++)
        {
            Assert.Equal(expected[i].Score, best[i].Score, 1e-4);
            Assert.Equal(expected[i].Ids, string.Join(' ', best[i].Ids));
        }
    }

    [Fact]
    public void SamplesComeAsOftenAsTheirProbabilitySays()
    {
        const double Alpha = 0.4;
        const int Draws = 20_000;
        var all = Small.EncodeBest("lowest", 1000);
        var total = all.Sum(one => Math.Exp(Alpha * one.Score));
        var drawn = Enumerable.Range(0, Draws).Select(seed => string.Join(' ', Small.EncodeSample("lowest", Alpha, (ulong)seed))).CountBy(ids => ids).ToDictionary();
        foreach (var one in all.Take(8))
        {
            var probability = Math.Exp(Alpha * one.Score) / total;
            var deviation = Math.Sqrt(Draws * probability * (1 - probability));
            Assert.InRange(drawn.GetValueOrDefault(string.Join(' ', one.Ids)), Draws * probability - 5 * deviation, Draws * probability + 5 * deviation);
        }
    }

    [Fact]
    public void ASampleIsAFunctionOfTheSeedAndDecodesToTheText()
    {
        foreach (var text in SomeText.Lines)
        {
            Assert.Equal(Small.EncodeSample(text, 0.1, 5), Small.EncodeSample(text, 0.1, 5));
            Assert.Equal(text, Small.Decode(Small.EncodeSample(text, 0.1, 6)));
            Assert.Equal(Small.EncodeToIds(text), Small.EncodeSample(text, 1000, 7));
        }
        Assert.True(Enumerable.Range(0, 50).Select(seed => string.Join(' ', Small.EncodeSample(SomeText.Lines[12], 0.1, (ulong)seed))).Distinct().Count() > 10);
    }

    [Fact]
    public void OtherTokenizersHaveNoOtherSegmentations()
    {
        var bpe = BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 340 });
        Assert.Throws<TokenizerException>(() => bpe.EncodeBest("a", 2));
        Assert.Throws<TokenizerException>(() => bpe.EncodeSample("a", 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Small.EncodeSample("a", double.NaN, 0));
    }

    [Fact]
    public void TheBestTenAreThoseOfSpmEncode()
    {
        Spm.Require();
        using var folder = new TemporaryFolder();
        SentencePieceFile.Write(Small, folder.File("small.model"));
        var lines = folder.File("lines.txt", string.Join('\n', SomeText.Lines) + "\n");
        var expected = Spm.Lines("spm_encode", folder.File("small.model"), lines, "--output_format=nbest_id", "--nbest_size=10");
        var own = SomeText.Lines.SelectMany(line => Small.EncodeBest(line, 10)).ToList();
        Assert.Equal(expected.Length, own.Count);
        // Equal scores have no order of their own.
        var scores = ((UnigramModel)Small.Model).Scores;
        for (var i = 0; i < own.Count; i++)
            Assert.Equal(expected[i].Split(' ').Sum(id => (double)scores[int.Parse(id)]), own[i].Ids.Sum(id => (double)scores[id]), 1e-4);
        Assert.True(own.Zip(expected).Count(pair => string.Join(' ', pair.First.Ids) == pair.Second) > own.Count * 9 / 10);
    }
}
