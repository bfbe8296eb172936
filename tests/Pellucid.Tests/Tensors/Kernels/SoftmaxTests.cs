using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class SoftmaxTests
{
    private const int Rows = 3;

    public static TheoryData<int> Lengths => [.. Numbers.AwkwardLengths];

    [Theory, MemberData(nameof(Lengths))]
    public void ForwardFollowsTheFormula(int n)
    {
        var x = Numbers.Normal(Rows * n, 1, 4);
        var y = new float[x.Length];
        var wanted = new double[x.Length];
        Softmax.Forward(x, Rows, n, y);
        Softmax.Naive(Numbers.Doubles(x), Rows, n, wanted);
        Numbers.Close(wanted, y, 1e-6);
        LogSoftmax.Forward(x, Rows, n, y);
        LogSoftmax.Naive(Numbers.Doubles(x), Rows, n, wanted);
        Numbers.Close(wanted, y, 1e-6);
    }

    [Theory, InlineData(7), InlineData(33)]
    public void BackwardIsTheSlope(int n)
    {
        float[] x = Numbers.Normal(Rows * n, 2), c = Numbers.Normal(Rows * n, 3);
        float[] y = new float[x.Length], dx = new float[x.Length];
        var z = new double[x.Length];
        Softmax.Forward(x, Rows, n, y);
        Softmax.Backward(y, c, Rows, n, dx, accumulate: false);
        Numbers.Close(Numbers.Slope(Numbers.Doubles(x), v => { Softmax.Naive(v, Rows, n, z); return Numbers.Dot(c, z); }), dx, 2e-6);

        LogSoftmax.Forward(x, Rows, n, y);
        LogSoftmax.Backward(y, c, Rows, n, dx, accumulate: false);
        var slope = Numbers.Slope(Numbers.Doubles(x), v => { LogSoftmax.Naive(v, Rows, n, z); return Numbers.Dot(c, z); });
        Numbers.Close(slope, dx, 2e-6);
        LogSoftmax.Backward(y, c, Rows, n, dx, accumulate: true);
        Numbers.Close([.. slope.Select(v => 2 * v)], dx, 4e-6);
    }

    [Fact]
    public void HugeLogitsStayFinite()
    {
        float[] x = [1000, 999, 1, -1000, -999, -1], y = new float[6];
        Softmax.Forward(x, 2, 3, y);
        Numbers.Close([0.7310585786300049, 0.2689414213699951, 0, 0, 0, 1], y, 1e-6);
    }

    [Fact]
    public void AFullyMaskedRowGivesZeros()
    {
        var x = new float[40];
        x.AsSpan(0, 20).Fill(float.NegativeInfinity);
        var y = Numbers.Normal(40, 1);
        Softmax.Forward(x, 2, 20, y);
        Assert.All(y[..20], v => Assert.Equal(0f, v));
        Numbers.Close([.. Enumerable.Repeat(0.05, 20)], y.AsSpan(20), 1e-6);
    }

    [Theory, InlineData(5), InlineData(16), InlineData(40)]
    public void AppendedMaskedElementsChangeNoBit(int n)
    {
        var x = Numbers.Normal(n, 5);
        float[] alone = new float[n], padded = new float[n + 23];
        float[] wide = [.. x, .. Enumerable.Repeat(float.NegativeInfinity, 23)];
        Softmax.Forward(x, 1, n, alone);
        Softmax.Forward(wide, 1, wide.Length, padded);
        Numbers.SameBits(alone, padded.AsSpan(0, n));
        Assert.All(padded[n..], v => Assert.Equal(0f, v));
    }

    [Fact]
    public void ANanIsNeverHidden()
    {
        float[] y = new float[3];
        Softmax.Forward([1, float.NaN, 2], 1, 3, y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));
        Softmax.Forward([float.NegativeInfinity, float.NaN, float.NegativeInfinity], 1, 3, y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        var y = new float[301 * 257];
        Softmax.Forward(Numbers.Normal(y.Length, 8), 301, 257, y);
        return y;
    });
}
