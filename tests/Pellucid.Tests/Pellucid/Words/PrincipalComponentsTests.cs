using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class PrincipalComponentsTests
{
    [Fact]
    public void PointsOnALineHaveOneDirection()
    {
        float[] points = [.. Enumerable.Range(0, 7).SelectMany(i => new[] { 1 + 3f * i, 2 - 4f * i })];
        var found = PrincipalComponents.Of(points, 2, 2);
        double[] axis = [.. Assert.Single(found.Axes)];
        Assert.Equal(-0.6, axis[0], 1e-9);
        Assert.Equal(0.8, axis[1], 1e-9);
        Assert.Equal(100, found.Variances[0], 1e-9); // 25 · the variance of 0..6, which is 4
        Assert.Equal(found.TotalVariance, found.Variances[0], 1e-9);
        Assert.Equal(15, found.Project([1, 2])[0], 1e-9);
    }

    [Fact]
    public void ALongSearchCanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => PrincipalComponents.Of([1, 2, 3, 5, 6, 1], 2, 2, cancellation.Token));
        Assert.Throws<OperationCanceledException>(() => SymmetricEigen.Of(new double[,] { { 1, 2 }, { 2, 1 } }, cancellation.Token));
    }

    // Both ways through the covariance: more vectors than elements, and fewer.
    [Theory]
    [InlineData(40, 6)]
    [InlineData(5, 17)]
    [InlineData(9, 9)]
    public void TheAxesAreOrthogonalAndAllTogetherGiveTheVectorsBack(int rows, int width)
    {
        var random = new Random(rows);
        float[] vectors = [.. Enumerable.Range(0, rows * width).Select(i => (float)(random.NextDouble() * (i % width + 1)))];
        var found = PrincipalComponents.Of(vectors, width, width);

        Assert.Equal(Math.Min(width, rows - 1), found.Axes.Count);
        Assert.Equal(found.Variances.OrderDescending(), found.Variances);
        Assert.Equal(found.TotalVariance, found.Variances.Sum(), 1e-9);
        for (int i = 0; i < found.Axes.Count; i++)
            for (int j = 0; j <= i; j++) Assert.Equal(i == j ? 1 : 0, found.Axes[i].Zip(found.Axes[j], (x, y) => x * y).Sum(), 1e-9);
        for (int row = 0; row < rows; row++)
        {
            double[] place = found.Project(vectors.AsSpan(row * width, width));
            for (int d = 0; d < width; d++)
                Assert.Equal(vectors[row * width + d], found.Mean[d] + place.Select((along, k) => along * found.Axes[k][d]).Sum(), 1e-6);
        }
        for (int k = 0; k < found.Axes.Count; k++)
            Assert.Equal(found.Variances[k], Enumerable.Range(0, rows).Average(row => Math.Pow(found.Project(vectors.AsSpan(row * width, width))[k], 2)), 1e-9);
    }

    [Fact]
    public void EqualVectorsDifferInNoDirection() => Assert.Empty(PrincipalComponents.Of([1, 2, 1, 2, 1, 2], 2, 2).Axes);

    [Fact]
    public void WrongVectorsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Of([], 2, 2));
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Of([1, 2, 3], 2, 2));
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Of([1, float.NaN], 2, 2));
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Of([1, 2, 3, 5], 2, 1).Project([1]));
    }
}
