using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class ActivationTests
{
    private delegate void Forward(ReadOnlySpan<float> x, Span<float> y);

    private delegate void Backward(ReadOnlySpan<float> xOrY, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate);

    private static void Check(Forward forward, Backward backward, Func<double, double> exact, bool fromOutput = false)
    {
        foreach (int n in Numbers.AwkwardLengths)
        {
            float[] x = Numbers.Normal(n, 21, 3), dy = Numbers.Normal(n, 22), y = new float[n], dx = new float[n];
            forward(x, y);
            Numbers.Close([.. x.Select(v => exact(v))], y, 1e-6);
            backward(fromOutput ? y : x, dy, dx, false);
            double[] slope = [.. x.Select((v, i) => dy[i] * (exact(v + 1e-5) - exact(v - 1e-5)) / 2e-5)];
            Numbers.Close(slope, dx, 2e-6);
            backward(fromOutput ? y : x, dy, dx, true);
            Numbers.Close([.. slope.Select(v => 2 * v)], dx, 4e-6);
        }
    }

    [Fact]
    public void ReluFollowsItsFormula() => Check(Activations.Relu, Activations.ReluBackward, x => Math.Max(x, 0));

    [Fact]
    public void GeluFollowsItsFormula() => Check(Activations.Gelu, Activations.GeluBackward, x => x / 2 * (1 + VectorMathTests.Erf(x / Math.Sqrt(2))));

    [Fact]
    public void GeluTanhFollowsItsFormula() =>
        Check(Activations.GeluTanh, Activations.GeluTanhBackward, x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));

    [Fact]
    public void SiluFollowsItsFormula() => Check(Activations.Silu, Activations.SiluBackward, x => x / (1 + Math.Exp(-x)));

    [Fact]
    public void TanhFollowsItsFormula() => Check(Activations.Tanh, Activations.TanhBackward, Math.Tanh, fromOutput: true);

    [Fact]
    public void SigmoidFollowsItsFormula() => Check(Activations.Sigmoid, Activations.SigmoidBackward, x => 1 / (1 + Math.Exp(-x)), fromOutput: true);

    [Fact]
    public void AnElementDoesNotDependOnItsPosition()
    {
        var x = Numbers.Normal(100, 5);
        float[] whole = new float[100], one = new float[1];
        Activations.Gelu(x, whole);
        for (int i = 0; i < x.Length; i++)
        {
            Activations.Gelu(x.AsSpan(i, 1), one);
            Numbers.SameBits(whole.AsSpan(i, 1), one);
        }
    }
}
