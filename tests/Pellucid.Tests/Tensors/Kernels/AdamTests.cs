using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class AdamTests
{
    [Theory, InlineData(0f, false), InlineData(0.1f, false), InlineData(0.1f, true)]
    public void TenStepsFollowTheFormula(float decay, bool decoupled)
    {
        foreach (int n in Numbers.AwkwardLengths)
        {
            float[] w = Numbers.Normal(n, 1), m = new float[n], v = new float[n];
            double[] wd = Numbers.Doubles(w), md = new double[n], vd = new double[n];
            for (int t = 1; t <= 10; t++)
            {
                var g = Numbers.Normal(n, (ulong)(100 + t));
                var step = new AdamStep(1e-2f, 0.9f, 0.98f, 1e-9f, decay, decoupled, 0.5f, 1 - Math.Pow(0.9f, t), 1 - Math.Pow(0.98f, t));
                Adam.Step(w, g, m, v, step);
                Adam.Naive(wd, Numbers.Doubles(g), md, vd, step);
            }
            Numbers.Close(wd, w, 3e-6);
            Numbers.Close(md, m, 1e-6);
            Numbers.Close(vd, v, 1e-6);
        }
    }

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        float[] w = Numbers.Normal(50_001, 1), m = new float[w.Length], v = new float[w.Length];
        Adam.Step(w, Numbers.Normal(w.Length, 2), m, v, new AdamStep(1e-3f, 0.9f, 0.98f, 1e-9f, 0.1f, true, 1, 0.1, 0.02));
        return [.. w, .. m, .. v];
    });

    [Fact]
    public void TheNormIsExactToDoubleAndSeesEveryElement()
    {
        var x = Numbers.Normal(40_001, 3);
        Assert.Equal(x.Sum(v => (double)v * v), Measures.SumOfSquares(x), 1e-8);
        Assert.True(Measures.AllFinite(x));
        foreach (int i in (int[])[0, 16, 40_000])
            foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
            {
                var y = (float[])x.Clone();
                y[i] = bad;
                Assert.False(Measures.AllFinite(y));
            }
    }
}
