using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class ReduceTests
{
    [Theory, InlineData(3, 37, 1), InlineData(1, 257, 1), InlineData(2, 5, 19), InlineData(4, 1, 16), InlineData(2, 0, 3)]
    public void AnyAxisCanBeFolded(int outer, int axis, int inner)
    {
        var x = Numbers.Normal(outer * axis * inner, 1);
        float[] sum = new float[outer * inner], mean = new float[sum.Length], max = new float[sum.Length];
        Reduce.Sum(x, outer, axis, inner, sum);
        Reduce.Max(x, outer, axis, inner, max);
        if (axis > 0) Reduce.Mean(x, outer, axis, inner, mean);
        var wanted = new double[sum.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            float[] column = [.. Enumerable.Range(0, axis).Select(a => x[(i / inner * axis + a) * inner + i % inner])];
            wanted[i] = column.Sum(v => (double)v);
            Assert.Equal(column.Length == 0 ? float.NegativeInfinity : column.Max(), max[i]);
        }
        Numbers.Close(wanted, sum, 2e-6);
        if (axis > 0) Numbers.Close([.. wanted.Select(v => v / axis)], mean, 2e-6);
        Reduce.Sum(x, outer, axis, inner, sum, accumulate: true);
        Numbers.Close([.. wanted.Select(v => 2 * v)], sum, 4e-6);

        var dx = new float[x.Length];
        Reduce.SumBackward(mean, outer, axis, inner, 0.5f, dx, accumulate: false);
        Reduce.SumBackward(mean, outer, axis, inner, 0.5f, dx, accumulate: true);
        for (int i = 0; i < dx.Length; i++) Assert.Equal(mean[i / inner / axis * inner + i % inner], dx[i]);
    }

    [Theory, InlineData(5), InlineData(16), InlineData(40)]
    public void AppendedZerosChangeNoBit(int n)
    {
        var x = Numbers.Normal(n, 7);
        float[] alone = new float[1], padded = new float[1];
        Reduce.Sum(x, 1, n, 1, alone);
        Reduce.Sum([.. x, .. new float[29]], 1, n + 29, 1, padded);
        Numbers.SameBits(alone, padded);
    }

    [Fact]
    public void ArgMaxTakesTheFirst()
    {
        var y = new int[2];
        Reduce.ArgMax([1, 3, 3, -1, -2, -3], 2, 3, y);
        Assert.Equal([1, 0], y);
    }
}
