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

    [Fact]
    public void SpansThatDoNotFitAreRefused()
    {
        var (a, b, bias, c) = Operands(4, 5, 6);
        var short19 = new float[19];
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false, new Epilogue { Bias = bias.AsSpan(1) }));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 4, 5, 6, a, 6, b, 6, c, 5, false, new Epilogue { BeforeFunction = short19, BeforeFunctionStride = 5 }));
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
        }

        return y;
    }
}
