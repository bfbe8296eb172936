using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class TerTests
{
    [Theory]
    [MemberData(nameof(SacreBleuGoldens.SystemNames), MemberType = typeof(SacreBleuGoldens))]
    public void EverySystemScoresAsPublished(string system)
    {
        var score = new Ter().Corpus(SacreBleuGoldens.Hypotheses(system), SacreBleuGoldens.References());
        var published = SacreBleuGoldens.Published(system, "TER")!.Value;
        // tercom's figures were published for one preparation of the text, hence sacreBLEU's own tolerance.
        Assert.InRange(score.Score / 100, published - 0.01, published + 0.01);
        Assert.Equal("nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0", score.Signature);
    }

    [Theory]
    [InlineData("a b c d", "a b c d", 0)]
    [InlineData("a b c d", "a x c d", 1)] // a substitution
    [InlineData("a b c", "a b c d", 1)] // an insertion
    [InlineData("a b c d e", "a b c d", 1)] // a deletion
    [InlineData("c d e f a b", "a b c d e f", 1)] // "a b" moves as one
    [InlineData("b a d c", "a b c d", 2)] // two shifts
    [InlineData("x a b y", "b a", 3)] // a shift and two deletions
    [InlineData("", "a b", 2)]
    [InlineData("a b", "", 2)]
    public void EditsAreTheFewestWithShifts(string hypothesis, string reference, int edits) =>
        Assert.Equal(edits, new Ter().Sentence(hypothesis, reference).Edits);

    // Snover et al. 2006, section 2: a shift, two substitutions and an insertion, 4 edits to 13 words.
    [Fact]
    public void ExampleOfThePaper()
    {
        var score = new Ter().Sentence(
            "THIS WEEK THE SAUDIS denied information published in the new york times",
            "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times");
        Assert.Equal((4, 13), (score.Edits, score.ReferenceLength));
        Assert.Equal("TER = 30.77", score.ToString());
    }

    [Fact]
    public void TheReferenceWithTheFewestEditsCountsAndLengthsAreAveraged()
    {
        var score = new Ter().Corpus(["a b c"], [["a b x y z"], ["a b d"]]);
        Assert.Equal((1, 4.0, 25.0), (score.Edits, score.ReferenceLength, score.Score));
        Assert.StartsWith("nrefs:2|", score.Signature);
    }

    [Fact]
    public void NoReferenceWordMakesTheRateOneOrZero()
    {
        Assert.Equal(100, new Ter().Sentence("a b", "").Score);
        Assert.Equal(0, new Ter().Sentence("", "").Score);
        Assert.Equal(100, new Ter().Sentence("", "a b").Score);
    }

    [Fact]
    public void OptionsDecideWhatIsAWord()
    {
        string Words(string segment, TerOptions options) => string.Join(' ', TerTokenizer.Words(segment, options));
        Assert.Equal("it's 3.5, \"ok\".", Words("It's 3.5, \"OK\". ", new TerOptions()));
        Assert.Equal("It 's 3.5 , \" OK \" .", Words("It's 3.5, &quot;OK&quot;.", new TerOptions { Normalized = true, CaseSensitive = true }));
        Assert.Equal("it's 35 ok", Words("It's 3.5, \"OK\".", new TerOptions { NoPunctuation = true }));
        Assert.Equal("我 爱 c# ， 日 本 です 。", Words("我爱C#，日本です。", new TerOptions { Normalized = true, AsianSupport = true }).Replace("c #", "c#"));
        Assert.Equal("我爱c#日本です", Words("我爱C#，日本です。", new TerOptions { NoPunctuation = true, AsianSupport = true }));
        Assert.Equal(
            "nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:yes|version:2.6.0",
            new Ter(new TerOptions { CaseSensitive = true, Normalized = true, NoPunctuation = true, AsianSupport = true }).Sentence("a", "a").Signature);
    }

    [Fact]
    public void LongAndLopsidedSegmentsAreScored()
    {
        var words = string.Join(' ', Enumerable.Range(0, 400).Select(i => (i * 7919 % 400).ToString()));
        Assert.Equal(0, new Ter().Sentence(words, words).Score);
        Assert.Equal(399, new Ter().Sentence(words, "0").Edits);
        // 399 would do, but the matching word lies outside the band that sacreBLEU looks into.
        Assert.Equal(400, new Ter().Sentence("0", words).Edits);
    }

    [Fact]
    public void UnequalCountsAreNamed() =>
        Assert.Contains("1 hypotheses but 2 references", Assert.Throws<MetricInputException>(() => new Ter().Corpus(["a"], new[] { "a", "b" })).Message);
}
