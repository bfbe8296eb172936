using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class ElementwiseTests
{
    [Fact]
    public void ArithmeticIsElementByElementAndAliasingIsAllowed()
    {
        foreach (int n in Numbers.AwkwardLengths)
        {
            float[] a = Numbers.Normal(n, 1), b = Numbers.Normal(n, 2), y = new float[n];
            Elementwise.Add(a, b, y);
            Numbers.SameBits([.. a.Zip(b, (u, v) => u + v)], y);
            Elementwise.Subtract(a, b, y);
            Numbers.SameBits([.. a.Zip(b, (u, v) => u - v)], y);
            Elementwise.Multiply(a, b, y);
            Numbers.SameBits([.. a.Zip(b, (u, v) => u * v)], y);
            Elementwise.Scale(a, 3f, y);
            Numbers.SameBits([.. a.Select(u => u * 3f)], y);
            Elementwise.AddScaled(a, b, 0.7f, y);
            Numbers.SameBits([.. a.Zip(b, (u, v) => MathF.FusedMultiplyAdd(v, 0.7f, u))], y);
            Elementwise.AddInto(b, a);
            Elementwise.Subtract(a, a, a);
            Assert.All(a, u => Assert.Equal(0f, u));
        }
    }

    [Fact]
    public void LengthsThatDifferAreRefused() =>
        Assert.Throws<ArgumentException>(() => Elementwise.Add(new float[3], new float[4], new float[4]));

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        var y = new float[70_003];
        Activations.Gelu(Numbers.Normal(y.Length, 1), y);
        return y;
    });
}
