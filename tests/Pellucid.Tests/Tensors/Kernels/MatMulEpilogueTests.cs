using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

[Collection(nameof(ThreadCount))]
public sealed class MatMulEpilogueTests
{
    // One row alone, four panels of a row, edge tiles, several tiles of rows, several blocks along K.
    private static readonly (int M, int N, int K)[] Shapes = [(1, 17, 5), (1, 200, 300), (4, 65, 256), (13, 33, 257), (64, 63, 16), (160, 257, 600), (3, 4, 0)];

    [Theory]
    [InlineData((int)ElementFunction.Relu)]
    [InlineData((int)ElementFunction.Gelu)]
    [InlineData((int)ElementFunction.GeluTanh)]
    [InlineData((int)ElementFunction.Silu)]
    [InlineData((int)ElementFunction.Tanh)]
    [InlineData((int)ElementFunction.Sigmoid)]
    [InlineData((int)ElementFunction.Identity)]
    public void AFunctionAtTheEndGivesTheBitsOfASeparatePass(int function)
    {
        var f = (ElementFunction)function;
        foreach (var (m, n, k) in Shapes)
        {
            foreach (var accumulate in new[] { false, true })
            {
                var (a, b, bias, c) = Operands(m, n, k);
                var expectedBefore = (float[])c.Clone();
                MatMulNaive.Multiply<float>(Transpose.No, Transpose.Yes, m, n, k, a, k, b, k, expectedBefore, n, accumulate, bias);
                var expected = Forward(f, expectedBefore);

                var (plain, packed, before) = ((float[])c.Clone(), (float[])c.Clone(), new float[m * (n + 3)]);
                MatMul.Multiply(Transpose.No, Transpose.Yes, m, n, k, a, k, b, k, plain, n, accumulate,
                    new Epilogue { Bias = bias, Function = f, BeforeFunction = before, BeforeFunctionStride = n + 3 });
                MatMul.Multiply(m, a, k, PackedMatrix.Pack(Transpose.Yes, k, n, b, k), packed, n, accumulate, new Epilogue { Bias = bias, Function = f });
                Numbers.SameBits(expected, plain);
                Numbers.SameBits(expected, packed);
                for (var i = 0; i < m; i++)
                {
                    Numbers.SameBits(expectedBefore.AsSpan(i * n, n), before.AsSpan(i * (n + 3), n));
                    Assert.Equal([0, 0, 0], before[(i * (n + 3) + n)..((i + 1) * (n + 3))]);
                }
            }
        }
    }

    [Theory]
    [InlineData((int)ElementFunction.Relu)]
    [InlineData((int)ElementFunction.Gelu)]
    [InlineData((int)ElementFunction.GeluTanh)]
    [InlineData((int)ElementFunction.Silu)]
    [InlineData((int)ElementFunction.Tanh)]
    [InlineData((int)ElementFunction.Sigmoid)]
    public void ADerivativeAtTheEndGivesTheBitsOfASeparatePass(int function)
    {
        var f = (ElementFunction)function;
        foreach (var (m, n, k) in Shapes)
        {
            var (a, b, _, c) = Operands(m, n, k);
            var at = MatMulProduct.Floats(m * n, 9);
            var arriving = (float[])c.Clone();
            MatMulNaive.Multiply<float>(Transpose.No, Transpose.Yes, m, n, k, a, k, b, k, arriving, n, accumulate: false);
            MatMul.Multiply(Transpose.No, Transpose.Yes, m, n, k, a, k, b, k, c, n, accumulate: false,
                new Epilogue { DerivativeOf = f, DerivativeAt = at, DerivativeAtStride = n });
            Numbers.SameBits(Backward(f, at, arriving), c);
        }
    }

    [Fact]
    public void SpansThatDoNotFitAreRefused()
    {
        var (a, b, bias, c) = Operands(4, 5, 6);
        var short19 = new float[19];
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false, new Epilogue { Bias = bias.AsSpan(1) }));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false, new Epilogue { BeforeFunction = short19, BeforeFunctionStride = 5 }));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false, new Epilogue { DerivativeOf = ElementFunction.Relu, DerivativeAt = short19, DerivativeAtStride = 5 }));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false,
            new Epilogue { Function = ElementFunction.Relu, DerivativeOf = ElementFunction.Relu, DerivativeAt = bias, DerivativeAtStride = 5 }));
    }

    private static (float[] A, float[] B, float[] Bias, float[] C) Operands(int m, int n, int k) =>
        (MatMulProduct.Floats(m * k, 1), MatMulProduct.Floats(n * k, 2), MatMulProduct.Floats(n, 3), MatMulProduct.Floats(m * n, 4));

    private static float[] Forward(ElementFunction f, float[] x)
    {
        var y = (float[])x.Clone();
        switch (f)
        {
            case ElementFunction.Relu: Activations.Relu(x, y); break;
            case ElementFunction.Gelu: Activations.Gelu(x, y); break;
            case ElementFunction.GeluTanh: Activations.GeluTanh(x, y); break;
            case ElementFunction.Silu: Activations.Silu(x, y); break;
            case ElementFunction.Tanh: Activations.Tanh(x, y); break;
            case ElementFunction.Sigmoid: Activations.Sigmoid(x, y); break;
        }

        return y;
    }

    private static float[] Backward(ElementFunction f, float[] at, float[] dy)
    {
        var dx = new float[dy.Length];
        switch (f)
        {
            case ElementFunction.Relu: Activations.ReluBackward(at, dy, dx, accumulate: false); break;
            case ElementFunction.Gelu: Activations.GeluBackward(at, dy, dx, accumulate: false); break;
            case ElementFunction.GeluTanh: Activations.GeluTanhBackward(at, dy, dx, accumulate: false); break;
            case ElementFunction.Silu: Activations.SiluBackward(at, dy, dx, accumulate: false); break;
            case ElementFunction.Tanh: Activations.TanhBackward(at, dy, dx, accumulate: false); break;
            case ElementFunction.Sigmoid: Activations.SigmoidBackward(at, dy, dx, accumulate: false); break;
        }

        return dx;
    }
}
