using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class MetricTests
{
    [Fact]
    public void EveryNameGivesItsMetric()
    {
        Assert.Equal(["BLEU", "chrF2", "chrF2++", "TER"], Metric.Names.Select(name => Metric.ByName(name).Name));
        Assert.Equal([true, true, true, false], Metric.Names.Select(name => Metric.ByName(name).HigherIsBetter));
        Assert.Contains("bleu, chrf, chrf++, ter", Assert.Throws<ArgumentException>(() => Metric.ByName("meteor")).Message);
    }

    [Fact]
    public void MetricsCanBeAskedTogether()
    {
        foreach (var metric in Metric.Names.Select(Metric.ByName))
        {
            var perfect = metric.HigherIsBetter ? 100 : 0;
            Assert.Equal(perfect, metric.Corpus(["one two three four five"], ["one two three four five"]).Score, 10);
            Assert.Equal(perfect, metric.Sentence("one two three four five", "one two three four five").Score, 10);
        }
    }

    [Fact]
    public void CorpusOfOneSegmentEqualsItsSentence()
    {
        foreach (var metric in new Metric[] { new Bleu(new BleuOptions { EffectiveOrder = EffectiveOrder.Always }), new ChrF(), new Ter() })
        {
            Assert.Equal(
                metric.Sentence("the cat sat on a mat", "a cat sat on the mat").Score,
                metric.Corpus(["the cat sat on a mat"], ["a cat sat on the mat"]).Score);
        }
    }
}
