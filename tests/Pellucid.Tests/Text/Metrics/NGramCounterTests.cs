using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class NGramCounterTests
{
    [Fact]
    public void MatchesAreThoseOfCountingTheNGramsThemselves()
    {
        var random = new Random(4);
        var counter = new NGramCounter(3);
        for (var trial = 0; trial < 100; trial++)
        {
            int[] a = [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(4))];
            int[] b = [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(4))];
            counter.Clear();
            var matches = new long[3];
            var totals = new long[3];
            counter.AddMatches(counter.Count(a), counter.Count(b), matches);
            NGramCounter.AddTotals(a.Length, totals);
            for (var n = 1; n <= 3; n++)
            {
                var (left, right) = (Naive(a, n), Naive(b, n));
                Assert.Equal(left.Sum(pair => Math.Min(pair.Value, right.GetValueOrDefault(pair.Key))), matches[n - 1]);
                Assert.Equal(left.Values.Sum(), totals[n - 1]);
            }
        }
    }

    private static Dictionary<string, int> Naive(int[] symbols, int n) =>
        Enumerable.Range(0, Math.Max(0, symbols.Length - n + 1))
            .GroupBy(start => string.Join(' ', symbols[start..(start + n)]))
            .ToDictionary(group => group.Key, group => group.Count());
}
