using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class BleuTests
{
    // The reference has "the" twice, so only two of the hypothesis's three count.
    [Fact]
    public void ScoreFollowsTheFormulaOfThePaper()
    {
        var score = new Bleu(new BleuOptions { Tokenizer = BleuTokenizer.None })
            .Corpus(["the the the cat sat on mat"], ["the cat sat on the big red mat"]);
        Assert.Equal([6, 3, 2, 1], score.Counts); // the x2, cat, sat, on, mat | the cat, cat sat, sat on | the cat sat, cat sat on | all four
        Assert.Equal([7, 6, 5, 4], score.Totals);
        var penalty = Math.Exp(1 - (8 / 7.0));
        Assert.Equal(penalty, score.BrevityPenalty, 14);
        Assert.Equal(100 * penalty * Math.Pow(6 / 7.0 * 3 / 6 * 2 / 5 * 1 / 4, 0.25), score.Score, 10);
    }

    [Fact]
    public void LineIsSacreBleus()
    {
        var score = new Bleu().Corpus(["the cat sat on the mat ."], ["the cat sat on a mat ."]);
        // 6/7, 4/6, 2/5, 1/4: the geometric mean is 100 (2/35)^(1/4) = 48.89...
        Assert.Equal("BLEU = 48.89 85.7/66.7/40.0/25.0 (BP = 1.000 ratio = 1.000 hyp_len = 7 ref_len = 7)", score.ToString());
        Assert.Equal(
            "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0 = 48.89 "
            + "85.7/66.7/40.0/25.0 (BP = 1.000 ratio = 1.000 hyp_len = 7 ref_len = 7)",
            score.FormatWithSignature());
    }

    [Fact]
    public void TheBestOfSeveralReferencesClipsAndTheClosestGivesTheLength()
    {
        var score = new Bleu().Corpus(["a a b b b"], [["a a x"], ["b b b y y y y"]]);
        Assert.Equal(5, score.Counts[0]); // 2 a by the first, 3 b by the second
        Assert.Equal(3, score.Counts[1]); // a a | b b, b b; no reference has a b
        Assert.Equal(3, score.ReferenceLength); // 3 and 7 are equally far from 5: the shorter
        Assert.StartsWith("nrefs:2|", score.Signature);
    }

    [Fact]
    public void ASentenceOfThreeWordsScoresByTheOrdersItHas()
    {
        Assert.Equal(100, new Bleu().Sentence("guten Tag !", "guten Tag !").Score, 10);
        Assert.Equal(0, new Bleu().Corpus(["guten Tag !"], ["guten Tag !"]).Score);
        Assert.Equal(0, new Bleu(new BleuOptions { EffectiveOrder = EffectiveOrder.Never }).Sentence("guten Tag !", "guten Tag !").Score);
        Assert.Equal(100, new Bleu(new BleuOptions { EffectiveOrder = EffectiveOrder.Always }).Corpus(["guten Tag !"], ["guten Tag !"]).Score, 10);
    }

    [Fact]
    public void SmoothingReplacesCountsOfZeroAsItsPaperSays()
    {
        // Against "a b c x": 3 of 4 words, 2 of 3 pairs, 1 of 2 triples, 0 of 1.
        double Of(BleuSmoothing smoothing) => new Bleu(new BleuOptions { Smoothing = smoothing }).Sentence("a b c d", "a b c x").Score;
        double Mean(double last) => 100 * Math.Pow(3 / 4.0 * 2 / 3 * 1 / 2 * last, 0.25);
        Assert.Equal(Mean(1 / 2.0), Of(BleuSmoothing.Exponential), 10);
        Assert.Equal(Mean(0.1), Of(BleuSmoothing.Floor()), 10);
        Assert.Equal(Mean(0.3), Of(BleuSmoothing.Floor(0.3)), 10);
        Assert.Equal(100 * Math.Pow(3 / 4.0 * 3 / 4 * 2 / 3 * 1 / 2, 0.25), Of(BleuSmoothing.AddK()), 10);
        Assert.Equal(0, Of(BleuSmoothing.None));
    }

    [Fact]
    public void TheSignatureTellsTheSettings()
    {
        var options = new BleuOptions
        {
            Lowercase = true, Smoothing = BleuSmoothing.AddK(2), Tokenizer = BleuTokenizer.Chinese, EffectiveOrder = EffectiveOrder.Always,
        };
        Assert.Equal(
            "nrefs:1|case:lc|eff:yes|tok:zh|smooth:add-k[2.00]|version:2.6.0", new Bleu(options).Corpus(["a"], ["a"]).Signature);
        Assert.Contains("|smooth:floor[0.10]|", new Bleu(new BleuOptions { Smoothing = BleuSmoothing.Floor() }).Corpus(["a"], ["a"]).Signature);
        Assert.StartsWith("Pellucid ", MetricScore.Tool);
    }

    [Fact]
    public void EmptySegmentsCountAsNothingAndScoreZero()
    {
        var empty = new Bleu().Corpus(["", "a b c d"], ["a b c d", "a b c d"]);
        Assert.Equal((4, 8), (empty.HypothesisLength, empty.ReferenceLength));
        Assert.Equal(100 * Math.Exp(1 - (8 / 4.0)), empty.Score, 10);

        var nothing = new Bleu().Sentence("", "a b");
        Assert.Equal((0.0, 0.0), (nothing.Score, nothing.BrevityPenalty));
        Assert.Equal("BLEU = 0.00 0.0/0.0/0.0/0.0 (BP = 0.000 ratio = 0.000 hyp_len = 0 ref_len = 2)", nothing.ToString());

        var noReference = new Bleu().Sentence("a b", "");
        Assert.Equal((0.0, 1.0, 0L), (noReference.Score, noReference.BrevityPenalty, noReference.ReferenceLength));
        Assert.Equal(0, new Bleu().Sentence("", "").Score);
    }

    [Fact]
    public void UnequalCountsAreNamed()
    {
        var error = Assert.Throws<MetricInputException>(() => new Bleu().Corpus(["a", "b", "c"], [["a", "b", "c"], ["a", "b"]]));
        Assert.Equal((3, 2, 1), (error.Hypotheses, error.References, error.Stream));
        Assert.Contains("3 hypotheses but 2 references in stream 2 of 2", error.Message);
        Assert.Throws<MetricInputException>(() => new Bleu().Corpus([], new List<string>()));
        Assert.Throws<MetricInputException>(() => new Bleu().Corpus(["a"], new List<IReadOnlyList<string>>()));
        Assert.Throws<MetricInputException>(() => new Bleu().Sentence("a", new List<string>()));
    }

    [Fact]
    public void WrongOptionsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bleu(new BleuOptions { MaxOrder = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => BleuSmoothing.Floor(double.NaN));
        Assert.Contains("13a, intl, zh, char, none", Assert.Throws<ArgumentException>(() => BleuTokenizer.ByName("13b")).Message);
        Assert.Throws<ArgumentException>(() => BleuSmoothing.ByName("exp", 1));
        Assert.Throws<ArgumentException>(() => BleuSmoothing.ByName("linear"));
    }

    [Fact]
    public void CancellationStopsACorpus() =>
        Assert.Throws<OperationCanceledException>(() => new Bleu().Corpus(["a"], ["a"], new CancellationToken(canceled: true)));
}
