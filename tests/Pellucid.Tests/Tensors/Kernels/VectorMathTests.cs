using System.Runtime.Intrinsics;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class VectorMathTests
{
    private static float At(Func<Vector512<float>, Vector512<float>> f, float x) => f(Vector512.Create(x)).ToScalar();

    private static void Follows(Func<Vector512<float>, Vector512<float>> f, Func<double, double> exact, double from, double to, double relative)
    {
        for (int i = 0; i <= 20000; i++)
        {
            float x = (float)(from + (to - from) * i / 20000);
            double wanted = exact(x), got = At(f, x);
            Assert.True(Math.Abs(got - wanted) <= relative * Math.Abs(wanted) + 2e-45, $"f({x:R}): wanted {wanted:R}, got {got:R}");
        }
    }

    [Fact]
    public void ExpIsWithinTwoUlp() => Follows(VectorMath.Exp, Math.Exp, -87, 88.7, 1.6e-7);

    [Fact]
    public void ExpReachesDownIntoTheSubnormals() => Follows(VectorMath.Exp, Math.Exp, -103, -87, 1e-3);

    [Fact]
    public void ExpOfWhatIsNotTinyIsWithinTwoUlp()
    {
        Follows(VectorMath.ExpNormal, Math.Exp, -87, 88, 1.6e-7);
        foreach (float x in (float[])[-88, -1000, float.NegativeInfinity]) Assert.Equal(0f, At(VectorMath.ExpNormal, x));
        Assert.Equal(1f, At(VectorMath.ExpNormal, 0f));
        Assert.True(float.IsNaN(At(VectorMath.ExpNormal, float.NaN)));
    }

    [Fact]
    public void TanhIsWithinAFewUlp()
    {
        Follows(VectorMath.Tanh, Math.Tanh, -12, 12, 4e-7);
        Follows(VectorMath.Tanh, Math.Tanh, -1e-3, 1e-3, 3e-7);
    }

    [Fact]
    public void SigmoidIsWithinAFewUlp() => Follows(VectorMath.Sigmoid, x => 1 / (1 + Math.Exp(-x)), -80, 80, 4e-7);

    [Fact]
    public void ErfIsWithinAFewUlp()
    {
        Follows(VectorMath.Erf, Erf, -5, 5, 3e-7);
        Follows(VectorMath.Erf, Erf, -1e-3, 1e-3, 3e-7);
    }

    [Fact]
    public void EdgesOfTheFloatRangeAreExact()
    {
        Assert.Equal(0f, At(VectorMath.Exp, float.NegativeInfinity));
        Assert.Equal(0f, At(VectorMath.Exp, -1000f));
        Assert.Equal(1f, At(VectorMath.Exp, 0f));
        Assert.Equal(float.PositiveInfinity, At(VectorMath.Exp, 89f));
        Assert.Equal(float.PositiveInfinity, At(VectorMath.Exp, float.PositiveInfinity));
        Assert.True(float.IsNaN(At(VectorMath.Exp, float.NaN)));
        Assert.Equal(1f, At(VectorMath.Tanh, float.PositiveInfinity));
        Assert.Equal(-1f, At(VectorMath.Tanh, -1000f));
        Assert.True(float.IsNaN(At(VectorMath.Tanh, float.NaN)));
        Assert.Equal(1f, At(VectorMath.Erf, float.PositiveInfinity));
        Assert.Equal(-1f, At(VectorMath.Erf, -1000f));
        Assert.True(float.IsNaN(At(VectorMath.Erf, float.NaN)));
        Assert.Equal(0f, At(VectorMath.Sigmoid, -1000f));
        Assert.Equal(1f, At(VectorMath.Sigmoid, 1000f));
    }

    /// <summary>Maclaurin's series near zero, Lentz's continued fraction of erfc beyond.</summary>
    internal static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (a < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; n < 80; n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = 0;
        for (int n = 80; n > 0; n--) fraction = n / 2.0 / (a + fraction);
        return Math.Sign(x) * (1 - Math.Exp(-a * a) / Math.Sqrt(Math.PI) / (a + fraction));
    }
}
