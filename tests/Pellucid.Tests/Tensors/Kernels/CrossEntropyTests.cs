using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class CrossEntropyTests
{
    private const int Ignore = -100;

    [Theory, InlineData(7, 0f), InlineData(33, 0.1f), InlineData(257, 0.1f)]
    public void LossAndGradientFollowTheFormula(int V, float eps)
    {
        int[] targets = [3, Ignore, 0, V - 1];
        var x = Numbers.Normal(4 * V, 11, 2);
        float[] loss = new float[4], z = new float[4], dx = new float[x.Length];
        var result = CrossEntropy.Forward(x, targets, 4, V, eps, Ignore, loss, z);
        double Mean(double[] v) => (CrossEntropy.NaiveRow(v.AsSpan(0, V), 3, eps) + CrossEntropy.NaiveRow(v.AsSpan(2 * V, V), 0, eps) + CrossEntropy.NaiveRow(v.AsSpan(3 * V, V), V - 1, eps)) / 3;
        Assert.Equal(3, result.Counted);
        Assert.Equal(Mean(Numbers.Doubles(x)), result.Mean, 1e-6);
        Assert.Equal(0f, loss[1]);
        CrossEntropy.Backward(x, z, targets, 4, V, eps, Ignore, 1f / result.Counted, dx);
        Numbers.Close(Numbers.Slope(Numbers.Doubles(x), Mean), dx, 1e-6);
        Assert.All(dx.AsSpan(V, V).ToArray(), v => Assert.Equal(0f, v));
        CrossEntropy.Backward(x, z, targets, 4, V, eps, Ignore, 1f / result.Counted, x); // in place
        Numbers.SameBits(dx, x);
    }

    [Fact]
    public void HugeLogitsStayFinite()
    {
        float[] loss = new float[1], z = new float[1];
        Assert.Equal(2000, CrossEntropy.Forward([1000, -1000], [1], 1, 2, 0, Ignore, loss, z).Mean, 1e-3);
    }

    [Fact]
    public void ATargetOutsideTheVocabularyIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CrossEntropy.Forward([1, 2], [2], 1, 2, 0, Ignore, new float[1], new float[1]));
}
