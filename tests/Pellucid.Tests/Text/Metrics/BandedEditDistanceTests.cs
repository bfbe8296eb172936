using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class BandedEditDistanceTests
{
    [Fact]
    public void WithinTheBandItIsLevenshteins()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 300; trial++)
        {
            var (hypothesis, reference) = (Words(random, random.Next(24)), Words(random, random.Next(1, 24)));
            Assert.Equal(Levenshtein(hypothesis, reference), new BandedEditDistance(reference, hypothesis.Length).Base(hypothesis));
        }
    }

    [Fact]
    public void AVariantCostsWhatItWouldCostAlone()
    {
        var random = new Random(2);
        for (var trial = 0; trial < 300; trial++)
        {
            var (hypothesis, reference) = (Words(random, random.Next(1, 90)), Words(random, random.Next(1, 90)));
            var distance = new BandedEditDistance(reference, hypothesis.Length);
            distance.Base(hypothesis);
            var common = random.Next(hypothesis.Length + 1);
            int[] variant = [.. hypothesis[..common], .. Words(random, hypothesis.Length - common)];
            Assert.Equal(new BandedEditDistance(reference, hypothesis.Length).Base(variant), distance.Variant(variant, common));
        }
    }

    [Fact]
    public void TheTraceCostsTheDistanceAndCoversBothSides()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 300; trial++)
        {
            var (hypothesis, reference) = (Words(random, random.Next(60)), Words(random, random.Next(1, 60)));
            var distance = new BandedEditDistance(reference, hypothesis.Length);
            var cost = distance.Base(hypothesis);
            var edits = distance.Trace(hypothesis);
            Assert.Equal(cost, edits.Count(edit => edit != BandedEditDistance.Edit.Match));
            Assert.Equal(hypothesis.Length, edits.Count(edit => edit != BandedEditDistance.Edit.AddReferenceWord));
            Assert.Equal(reference.Length, edits.Count(edit => edit != BandedEditDistance.Edit.DropHypothesisWord));
        }
    }

    private static int[] Words(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(5))];

    private static int Levenshtein(int[] a, int[] b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 ? j : j == 0 ? i
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }
        }

        return cost[a.Length, b.Length];
    }
}
