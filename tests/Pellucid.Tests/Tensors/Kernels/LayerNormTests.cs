using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class LayerNormTests
{
    private const int Rows = 3;
    private const float Eps = 1e-5f;

    public static TheoryData<int> Lengths => [.. Numbers.AwkwardLengths.Where(n => n > 1)];

    [Theory, MemberData(nameof(Lengths))]
    public void ForwardFollowsTheFormula(int D)
    {
        float[] x = Numbers.Normal(Rows * D, 1, 3), gamma = Numbers.Normal(D, 2), beta = Numbers.Normal(D, 3);
        float[] y = new float[x.Length], mean = new float[Rows], rstd = new float[Rows];
        var wanted = new double[x.Length];
        LayerNorm.Forward(x, Rows, D, gamma, beta, Eps, y, mean, rstd);
        LayerNorm.Naive(Numbers.Doubles(x), Rows, D, Numbers.Doubles(gamma), Numbers.Doubles(beta), Eps, wanted);
        Numbers.Close(wanted, y, 3e-6);
    }

    [Theory, InlineData(7), InlineData(37), InlineData(64)]
    public void BackwardIsTheSlope(int D)
    {
        float[] x = Numbers.Normal(Rows * D, 1, 2), gamma = Numbers.Normal(D, 2), beta = Numbers.Normal(D, 3), c = Numbers.Normal(Rows * D, 4);
        float[] y = new float[x.Length], mean = new float[Rows], rstd = new float[Rows];
        float[] dx = new float[x.Length], dgamma = new float[D], dbeta = new float[D];
        LayerNorm.Forward(x, Rows, D, gamma, beta, Eps, y, mean, rstd);
        LayerNorm.Backward(c, x, mean, rstd, gamma, Rows, D, dx, accumulate: false, dgamma, dbeta);
        double[] xd = Numbers.Doubles(x), gd = Numbers.Doubles(gamma), bd = Numbers.Doubles(beta), z = new double[x.Length];
        double Loss(double[] a, double[] g, double[] b)
        {
            LayerNorm.Naive(a, Rows, D, g, b, Eps, z);
            return Numbers.Dot(c, z);
        }
        Numbers.Close(Numbers.Slope(xd, v => Loss(v, gd, bd)), dx, 5e-6);
        Numbers.Close(Numbers.Slope(gd, v => Loss(xd, v, bd)), dgamma, 5e-6);
        Numbers.Close(Numbers.Slope(bd, v => Loss(xd, gd, v)), dbeta, 5e-6);
        LayerNorm.Backward(c, x, mean, rstd, gamma, Rows, D, dx, accumulate: true, default, default);
        Numbers.Close(Numbers.Slope(xd, v => 2 * Loss(v, gd, bd)), dx, 1e-5);
    }

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        const int rows = 300, D = 264;
        float[] x = Numbers.Normal(rows * D, 1), gamma = Numbers.Normal(D, 2), y = new float[x.Length], mean = new float[rows], rstd = new float[rows];
        float[] dx = new float[x.Length], dgamma = new float[D], dbeta = new float[D];
        LayerNorm.Forward(x, rows, D, gamma, gamma, Eps, y, mean, rstd);
        LayerNorm.Backward(y, x, mean, rstd, gamma, rows, D, dx, accumulate: false, dgamma, dbeta);
        return [.. y, .. dx, .. dgamma, .. dbeta];
    });
}
