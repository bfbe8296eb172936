using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>Residual, dropout and norm in one pass equal the passes one by one, bit for bit.</summary>
public sealed class FusedNormTests
{
    private const float P = 0.3f, Eps = 1e-5f;
    private static readonly Rng Key = new Rng(11).Split("residual");

    public static TheoryData<int, int> Sizes => new(
        from D in Numbers.AwkwardLengths
        from rows in (int[])[1, 3, 32, 33, 70]
        select (rows, D));

    [Theory, MemberData(nameof(Sizes))]
    public void TheForwardPassIsDropoutAdditionAndNorm(int rows, int D)
    {
        var (x, added, gamma, beta, mask) = Inputs(rows, D);
        float[] dropped = new float[x.Length], sum = new float[x.Length], y = new float[x.Length], mean = new float[rows], rstd = new float[rows];
        Dropout.Apply(Key, 0, P, added, dropped);
        Elementwise.Add(x, dropped, sum);
        LayerNorm.Forward(sum, rows, D, gamma, beta, Eps, y, mean, rstd);

        float[] fusedSum = new float[x.Length], fused = new float[x.Length], fusedMean = new float[rows], fusedRstd = new float[rows];
        LayerNorm.Forward(x, added, mask, P, rows, D, gamma, beta, Eps, fusedSum, fused, fusedMean, fusedRstd);
        Numbers.SameBits([.. sum, .. y, .. mean, .. rstd], [.. fusedSum, .. fused, .. fusedMean, .. fusedRstd]);
        LayerNorm.Forward(x, added, mask, P, rows, D, gamma, beta, Eps, fused, fused, fusedMean, fusedRstd);
        Numbers.SameBits(y, fused);
        ResidualSum.Forward(x, added, mask, P, fused);
        Numbers.SameBits(sum, fused);
    }

    [Theory, MemberData(nameof(Sizes))]
    public void TheBackwardPassIsThatOfTheNormAndThatOfDropout(int rows, int D)
    {
        var (s, dy, gamma, beta, mask) = Inputs(rows, D);
        float[] y = new float[s.Length], mean = new float[rows], rstd = new float[rows];
        LayerNorm.Forward(s, rows, D, gamma, beta, Eps, y, mean, rstd);
        float[] ds = new float[s.Length], da = new float[s.Length], dgamma = new float[D], dbeta = new float[D];
        LayerNorm.Backward(dy, s, mean, rstd, gamma, rows, D, ds, accumulate: false, dgamma, dbeta);
        Dropout.Apply(Key, 0, P, ds, da);

        float[] fused = (float[])dy.Clone(), fusedAdded = new float[s.Length], fusedGamma = new float[D], fusedBeta = new float[D];
        LayerNorm.Backward(fused, s, mean, rstd, gamma, rows, D, fused, accumulate: false, fusedGamma, fusedBeta, mask, P, fusedAdded);
        Numbers.SameBits([.. ds, .. da, .. dgamma, .. dbeta], [.. fused, .. fusedAdded, .. fusedGamma, .. fusedBeta]);
    }

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        const int rows = 300, D = 264;
        var (x, added, gamma, beta, mask) = Inputs(rows, D);
        float[] sum = new float[x.Length], y = new float[x.Length], mean = new float[rows], rstd = new float[rows];
        float[] dx = new float[x.Length], da = new float[x.Length], dgamma = new float[D], dbeta = new float[D];
        LayerNorm.Forward(x, added, mask, P, rows, D, gamma, beta, Eps, sum, y, mean, rstd);
        LayerNorm.Backward(y, sum, mean, rstd, gamma, rows, D, dx, accumulate: false, dgamma, dbeta, mask, P, da);
        return [.. y, .. sum, .. dx, .. da, .. dgamma, .. dbeta];
    });

    private static (float[] X, float[] Added, float[] Gamma, float[] Beta, float[] Mask) Inputs(int rows, int D)
    {
        float[] mask = new float[DropoutMask.Length(rows * D)];
        DropoutMask.Fill(Key, P, rows * D, mask);
        return (Numbers.Normal(rows * D, 1, 2), Numbers.Normal(rows * D, 2), Numbers.Normal(D, 3), Numbers.Normal(D, 4), mask);
    }
}
