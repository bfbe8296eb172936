using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class LogSoftmaxTopTests
{
    private const int Rows = 5;

    public static TheoryData<int, int> Sizes => new(Numbers.AwkwardLengths.SelectMany(n => new[] { 0, 1, 2, 8, n }.Distinct().Where(k => k <= n).Select(k => (n, k))));

    [Theory, MemberData(nameof(Sizes))]
    public void TheBestAreThoseOfTheWholeRowDownToTheBit(int n, int k)
    {
        // Few different numbers, so that there are many equals.
        float[] x = [.. Numbers.Normal(Rows * n, 1, 4).Select(value => MathF.Round(value * 4) / 4)], all = new float[x.Length];
        LogSoftmax.Forward(x, Rows, n, all);
        var random = new Random(n * 1000 + k);
        byte[] everywhere = [.. Enumerable.Range(0, n).Select(_ => (byte)(random.Next(5) == 0 ? 1 : 0))];
        int[][] own = [.. Enumerable.Range(0, Rows).Select(row => Enumerable.Range(0, n).Where(i => row > 0 && random.Next(1 + row) == 0).ToArray())];
        int[] ends = [.. own.Select((_, row) => own[..(row + 1)].Sum(list => list.Length))];
        int[] indices = new int[Rows * k];
        float[] values = new float[Rows * k], normalizers = new float[Rows * 2];
        LogSoftmaxTop.Forward(x, Rows, n, k, everywhere, [.. own.SelectMany(list => list)], ends, indices, values, normalizers);
        for (int row = 0; row < Rows; row++)
        {
            var wanted = Enumerable.Range(0, n).Where(i => everywhere[i] == 0 && !own[row].Contains(i)).OrderByDescending(i => all[row * n + i]).Take(k).ToList();
            for (int place = 0; place < k; place++)
            {
                Assert.Equal(place < wanted.Count ? wanted[place] : -1, indices[row * k + place]);
                Numbers.SameBits([place < wanted.Count ? all[row * n + wanted[place]] : float.NegativeInfinity], [values[row * k + place]]);
            }
            for (int i = 0; i < n; i++)
                Numbers.SameBits([all[row * n + i]], [LogSoftmaxTop.Value(x[row * n + i], normalizers[2 * row], normalizers[2 * row + 1])]);
        }
    }

    [Theory, InlineData(1), InlineData(17), InlineData(257)]
    public void ItAgreesWithItsTwin(int n)
    {
        var x = Numbers.Normal(Rows * n, 3, 4);
        int k = Math.Min(n, 4);
        int[] indices = new int[Rows * k], wantedIndices = new int[Rows * k];
        float[] values = new float[Rows * k];
        double[] wanted = new double[Rows * k];
        LogSoftmaxTop.Forward(x, Rows, n, k, default, default, default, indices, values, new float[Rows * 2]);
        LogSoftmaxTop.Naive(Numbers.Doubles(x), Rows, n, k, (_, _) => false, wantedIndices, wanted);
        Assert.Equal(wantedIndices, indices);
        Numbers.Close(wanted, values, 1e-6);
    }

    [Fact]
    public void MinusInfinityIsNeverAmongTheBestAndNaNIsSeenInTheNormalizers()
    {
        float[] x = [1, float.NegativeInfinity, 0, .. Enumerable.Repeat(float.NegativeInfinity, 3), 1, float.NaN, 0, 2, float.PositiveInfinity, 0];
        int[] indices = new int[4 * 3];
        float[] normalizers = new float[8];
        LogSoftmaxTop.Forward(x, 4, 3, 3, default, default, default, indices, new float[12], normalizers);
        Assert.Equal([0, 2, -1, -1, -1, -1], indices[..6]);
        Assert.Equal(float.NegativeInfinity, LogSoftmaxTop.Value(x[3], normalizers[2], normalizers[3]));
        Assert.True(float.IsNaN(normalizers[5]));
        Assert.True(float.IsNaN(normalizers[7]));
    }

    [Fact]
    public void TheOpChecksItsExclusions()
    {
        var logits = Tensor.From([1, 2, 3, 4, 5, 6], [2, 3]);
        var exclusions = new Exclusions([false, false, true]);
        exclusions.EndRow();
        Assert.Contains("1 rows of 3", Assert.Throws<ShapeException>(() => logits.LogSoftmaxTop(2, exclusions)).Message);
        exclusions.Add(1);
        exclusions.EndRow();
        Assert.Equal([1, 0, 0, -1], logits.LogSoftmaxTop(2, exclusions).Indices);
    }
}
