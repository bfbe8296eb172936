using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class DivergenceTests
{
    [Theory, InlineData(1), InlineData(7), InlineData(16), InlineData(17), InlineData(63), InlineData(64), InlineData(65), InlineData(257)]
    public void DivergenceAndGradientFollowTheFormula(int V)
    {
        bool[] counted = [true, false, true];
        var a = Numbers.Normal(3 * V, 11, 2);
        var b = Numbers.Normal(3 * V, 12, 2);
        float[] state = new float[3 * Divergence.RowState], da = new float[3 * V], db = new float[3 * V];
        double Sum(double[] x, double[] y) => Divergence.NaiveRow(x.AsSpan(0, V), y.AsSpan(0, V)) + Divergence.NaiveRow(x.AsSpan(2 * V, V), y.AsSpan(2 * V, V));
        double expected = Sum(Numbers.Doubles(a), Numbers.Doubles(b));
        Assert.Equal(expected, Divergence.Forward(a, b, counted, 3, V, state), 1e-5 * (1 + expected));
        Divergence.Backward(a, b, counted, 3, V, state, 1, da, db, accumulate: false);
        Numbers.Close(Numbers.Slope(Numbers.Doubles(a), x => Sum(x, Numbers.Doubles(b))), da, 1e-5);
        Numbers.Close(Numbers.Slope(Numbers.Doubles(b), y => Sum(Numbers.Doubles(a), y)), db, 1e-5);
        Assert.All(da[V..(2 * V)], v => Assert.Equal(0f, v));
        float[] again = [.. da.Select(v => v + v)];
        Divergence.Backward(a, b, counted, 3, V, state, 1, da, db, accumulate: true);
        Numbers.SameBits(again, da);
    }

    [Fact]
    public void EqualPredictionsDoNotDiverge()
    {
        var a = Numbers.Normal(257, 3);
        float[] state = new float[Divergence.RowState], da = new float[257], db = new float[257];
        Assert.Equal(0, Divergence.Forward(a, a, [true], 1, 257, state));
        Divergence.Backward(a, a, [true], 1, 257, state, 1, da, db, accumulate: false);
        Assert.All(da, v => Assert.Equal(0f, v));
    }
}
