using System.Text.Json;
using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class BleuGoldenTests
{
    [Theory]
    [MemberData(nameof(SacreBleuGoldens.SystemNames), MemberType = typeof(SacreBleuGoldens))]
    public void EverySystemScoresAsPublishedAndAsComputed(string system)
    {
        var score = new Bleu().Corpus(SacreBleuGoldens.Hypotheses(system), SacreBleuGoldens.References());
        Equal(SacreBleuGoldens.Computed(system).GetProperty("bleu.13a"), score);
        Assert.Equal(SacreBleuGoldens.Published(system, "BLEU-13a")!.Value, Math.Round(score.Score, 2));
        Assert.Equal("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0", score.Signature);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("intl")]
    [InlineData("char")]
    public void OtherTokenizersAgree(string tokenizer)
    {
        var bleu = new Bleu(new BleuOptions { Tokenizer = BleuTokenizer.ByName(tokenizer) });
        var score = bleu.Corpus(SacreBleuGoldens.Hypotheses("LIUM-NMT.4900"), SacreBleuGoldens.References());
        Equal(SacreBleuGoldens.Computed("LIUM-NMT.4900").GetProperty("bleu." + tokenizer), score);
    }

    [Fact]
    public void LowercaseAgrees()
    {
        var bleu = new Bleu(new BleuOptions { Lowercase = true });
        var score = bleu.Corpus(SacreBleuGoldens.Hypotheses("LIUM-NMT.4900"), SacreBleuGoldens.References());
        Equal(SacreBleuGoldens.Computed("LIUM-NMT.4900").GetProperty("bleu.13a.lc"), score);
    }

    [Fact]
    public void SentenceScoresAgree()
    {
        var expected = SacreBleuGoldens.Numbers(
            SacreBleuGoldens.Computed("LIUM-NMT.4900").GetProperty("sentence_bleu.13a.eff.first20"));
        var hypotheses = SacreBleuGoldens.Hypotheses("LIUM-NMT.4900");
        var references = SacreBleuGoldens.References();
        var bleu = new Bleu();
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], bleu.Sentence(hypotheses[i], references[i]).Score, 10);
    }

    [Fact]
    public void SeveralReferencesAgree()
    {
        var item = SacreBleuGoldens.Json("unit-cases.json")[0];
        var hypotheses = SacreBleuGoldens.Strings(item.GetProperty("hyps"));
        string[][] references = [.. item.GetProperty("refs").EnumerateArray().Select(SacreBleuGoldens.Strings)];
        foreach (var expected in item.GetProperty("bleu").EnumerateObject())
        {
            var bleu = new Bleu(new BleuOptions { Tokenizer = BleuTokenizer.ByName(expected.Name) });
            Assert.Equal(expected.Value.GetDouble(), bleu.Corpus(hypotheses, references).Score, 6);
        }

        foreach (var expected in item.GetProperty("bleu_max_order_2dp").EnumerateObject())
        {
            var bleu = new Bleu(new BleuOptions { MaxOrder = int.Parse(expected.Name) });
            Assert.Equal(expected.Value.GetDouble(), bleu.Corpus(hypotheses, references).Score, 2);
        }
    }

    [Fact]
    public void SmoothingsAgree()
    {
        var item = SacreBleuGoldens.Json("unit-cases.json")[1];
        foreach (var given in item.EnumerateObject().Last().Value.EnumerateArray())
        {
            double? value = given[1].ValueKind == JsonValueKind.Null ? null : given[1].GetDouble();
            var bleu = new Bleu(new BleuOptions
            {
                Smoothing = BleuSmoothing.ByName(given[0].GetString()!, value),
                Lowercase = given[2].GetBoolean(),
                Tokenizer = BleuTokenizer.ByName(given[3].GetString()!),
            });
            var score = bleu.Sentence(item.GetProperty("hyp").GetString()!, item.GetProperty("ref").GetString()!);
            Assert.True(Math.Abs(given[4].GetDouble() - score.Score) < 1e-3, $"{given}: got {score.Score}");
        }
    }

    private static void Equal(JsonElement expected, BleuScore score)
    {
        Assert.Equal(SacreBleuGoldens.Numbers(expected.GetProperty("counts")), score.Counts.Select(count => (double)count));
        Assert.Equal(SacreBleuGoldens.Numbers(expected.GetProperty("totals")), score.Totals.Select(total => (double)total));
        Assert.Equal(SacreBleuGoldens.Numbers(expected.GetProperty("precisions")), score.Precisions);
        Assert.Equal(expected.GetProperty("sys_len").GetInt64(), score.HypothesisLength);
        Assert.Equal(expected.GetProperty("ref_len").GetInt64(), score.ReferenceLength);
        Assert.Equal(expected.GetProperty("bp").GetDouble(), score.BrevityPenalty, 14);
        Assert.Equal(expected.GetProperty("score").GetDouble(), score.Score, 11);
    }
}
