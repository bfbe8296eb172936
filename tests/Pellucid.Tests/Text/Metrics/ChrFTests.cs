using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class ChrFTests
{
    [Theory]
    [InlineData("C-3MA.4959")]
    [InlineData("FBK.4870")]
    [InlineData("LIUM-NMT.4900")]
    public void SystemsScoreAsPublishedAndAsComputed(string system)
    {
        var computed = SacreBleuGoldens.Computed(system);
        var (hypotheses, references) = (SacreBleuGoldens.Hypotheses(system), SacreBleuGoldens.References());
        foreach (var (name, options) in new[] { ("chrF2", new ChrFOptions()), ("chrF2++", ChrFOptions.PlusPlus) })
        {
            Assert.Equal(computed.GetProperty(name).GetDouble(), new ChrF(options).Corpus(hypotheses, references).Score, 11);
            var smoothed = new ChrF(options with { EpsilonSmoothing = true }).Corpus(hypotheses, references);
            Assert.Equal(computed.GetProperty(name + ".eps").GetDouble(), smoothed.Score, 11);
            if (SacreBleuGoldens.Published(system, name.Replace("2", "") + " ") is { } published)
            {
                Assert.Equal(published, Math.Round(smoothed.Score, 4));
            }
        }
    }

    [Fact]
    public void SentenceScoresAgree()
    {
        var expected = SacreBleuGoldens.Numbers(SacreBleuGoldens.Computed("LIUM-NMT.4900").GetProperty("sentence_chrf.first20"));
        var (hypotheses, references) = (SacreBleuGoldens.Hypotheses("LIUM-NMT.4900"), SacreBleuGoldens.References());
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], new ChrF().Sentence(hypotheses[i], references[i]).Score, 11);
        }

        foreach (var item in SacreBleuGoldens.Json("unit-cases.json")[2].EnumerateObject().Last().Value.EnumerateArray())
        {
            var smoothed = new ChrF(new ChrFOptions { EpsilonSmoothing = true });
            Assert.Equal(item[2].GetDouble(), smoothed.Sentence(item[0].GetString()!, item[1].GetString()!).Score, 7);
        }
    }

    [Fact]
    public void ScoreFollowsTheFormulaOfThePaper()
    {
        // Characters of "ab cd" against "abcx y": a b c of 4 against 5, ab bc of 3 against 4; white space does not count.
        var score = new ChrF(new ChrFOptions { CharacterOrder = 2 }).Corpus(["ab cd"], ["abcx y"]);
        Assert.Equal([3, 2], score.Matches);
        Assert.Equal([4, 3], score.HypothesisTotals);
        Assert.Equal([5, 4], score.ReferenceTotals);
        var (precision, recall) = (((3 / 4.0) + (2 / 3.0)) / 2, ((3 / 5.0) + (2 / 4.0)) / 2);
        Assert.Equal(100 * 5 * precision * recall / ((4 * precision) + recall), score.Score, 10);
    }

    [Fact]
    public void EpsilonSmoothingAveragesTheFScores()
    {
        var score = new ChrF(new ChrFOptions { CharacterOrder = 2, Beta = 1, EpsilonSmoothing = true }).Corpus(["ab cd"], ["abcx y"]);
        double F(double precision, double recall) => 2 * precision * recall / (precision + recall);
        Assert.Equal(100 * (F(3 / 4.0, 3 / 5.0) + F(2 / 3.0, 2 / 4.0)) / 2, score.Score, 10);
        Assert.Equal("chrF1", score.Name);
    }

    [Fact]
    public void WordNGramsPartOneMarkFromAWord()
    {
        // "(hi)" is "(hi" and ")", "(hi" is "(" and "hi"; of the words ( hi ) and (hi ) only ")" is common, and no pair.
        var score = new ChrF(ChrFOptions.PlusPlus).Corpus(["(hi )"], ["(hi)"]);
        Assert.Equal([1, 0], score.Matches.Skip(6));
        Assert.Equal([3, 2], score.HypothesisTotals.Skip(6));
        Assert.Equal([2, 1], score.ReferenceTotals.Skip(6));
        Assert.Equal([4, 3, 2, 1, 0, 0], score.Matches.Take(6));
    }

    [Fact]
    public void WhiteSpaceCountsWhenAsked()
    {
        var kept = new ChrF(new ChrFOptions { Whitespace = true, CharacterOrder = 1 }).Corpus(["a b"], ["a bc"]);
        Assert.Equal(([3L], [3L], [4L]), (kept.Matches, kept.HypothesisTotals, kept.ReferenceTotals), Lists);
        var code = new ChrF(new ChrFOptions { CharacterOrder = 1 }).Corpus(["\U0001F600\u0301"], ["\U0001F600"]);
        Assert.Equal(([1L], [2L], [1L]), (code.Matches, code.HypothesisTotals, code.ReferenceTotals), Lists);
    }

    [Fact]
    public void TheReferenceThatScoresBestCounts()
    {
        var both = new ChrF().Corpus(["the house"], [["a mouse"], ["the house!"]]);
        Assert.Equal(new ChrF().Corpus(["the house"], ["the house!"]).Score, both.Score);
        Assert.NotEqual(new ChrF().Corpus(["the house"], ["a mouse"]).Score, both.Score);
    }

    [Fact]
    public void LineAndSignatureAreSacreBleus()
    {
        Assert.Equal(
            "chrF2++|nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0 = 100.00",
            new ChrF(ChrFOptions.PlusPlus).Sentence("a b c d e f", "a b c d e f").FormatWithSignature());
        Assert.Equal(
            "nrefs:2|case:lc|eff:no|nc:4|nw:0|space:yes|version:2.6.0",
            new ChrF(new ChrFOptions { Lowercase = true, EpsilonSmoothing = true, CharacterOrder = 4, Whitespace = true })
                .Sentence("a", ["a", "b"]).Signature);
    }

    [Fact]
    public void EmptySegmentsScoreZero()
    {
        Assert.Equal(0, new ChrF().Sentence("", "abc").Score);
        Assert.Equal(0, new ChrF().Sentence("abc", "").Score);
        Assert.Equal(0, new ChrF().Sentence("", "").Score);
        Assert.Throws<MetricInputException>(() => new ChrF().Corpus(["a"], new[] { "a", "b" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChrF(new ChrFOptions { CharacterOrder = 0 }));
    }

    private static bool Lists(
        (IReadOnlyList<long> A, IReadOnlyList<long> B, IReadOnlyList<long> C) x, (IReadOnlyList<long> A, IReadOnlyList<long> B, IReadOnlyList<long> C) y) =>
        x.A.SequenceEqual(y.A) && x.B.SequenceEqual(y.B) && x.C.SequenceEqual(y.C);
}
