using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>Tests that change the number of threads run one after another.</summary>
[CollectionDefinition(nameof(ThreadCount), DisableParallelization = true)]
public sealed class ThreadCount;

[Collection(nameof(ThreadCount))]
public sealed class MatMulTests
{
    private static readonly int[] Sizes = [1, 7, 16, 17, 31, 32, 33, 63, 64, 65, 257];
    private static readonly int[] Depths = [1, 3, 16, 255, 256, 257, 600];

    private static readonly (Transpose A, Transpose B)[] Transpositions =
    [
        (Transpose.No, Transpose.No), (Transpose.No, Transpose.Yes), (Transpose.Yes, Transpose.No), (Transpose.Yes, Transpose.Yes),
    ];

    [Fact]
    public void EveryShapeEqualsTheNaiveLoopsBitForBit()
    {
        var turn = 0;
        foreach (var m in Sizes)
        {
            foreach (var n in Sizes)
            {
                // Each pair of sizes meets one depth, one transposition and one way to finish; all meet each other over the sweep.
                var (ta, tb) = Transpositions[turn % 4];
                var product = new MatMulProduct(ta, tb, m, n, Depths[turn % Depths.Length], Seed: turn)
                {
                    Gap = turn % 3 * 5, Accumulate = turn / 2 % 2 == 0, WithBias = turn / 3 % 2 == 0,
                };
                AssertSameBits(product.Naive(), product.Fast(), product.ToString());
                turn++;
            }
        }
    }

    [Theory]
    [InlineData(13, 33, 300)]
    [InlineData(5, 70, 513)]
    [InlineData(160, 40, 257)]
    public void EveryTranspositionAndFinishEqualsTheNaiveLoopsBitForBit(int m, int n, int k)
    {
        foreach (var (ta, tb) in Transpositions)
        {
            foreach (var accumulate in new[] { false, true })
            {
                foreach (var bias in new[] { false, true })
                {
                    var product = new MatMulProduct(ta, tb, m, n, k, Seed: 3) { Gap = 3, Accumulate = accumulate, WithBias = bias };
                    AssertSameBits(product.Naive(), product.Fast(), product.ToString());
                }
            }
        }
    }

    [Fact]
    public void EveryVectorWidthGivesTheSameBits()
    {
        foreach (var (ta, tb) in Transpositions)
        {
            foreach (var m in new[] { 1, 6, 29, 150 })
            {
                var product = new MatMulProduct(ta, tb, m, 75, 300, Seed: m) { Gap = 1, Accumulate = true, WithBias = true };
                var expected = product.Naive();
                AssertSameBits(expected, product.FastWith<LanesScalar, float>(), "scalar");
                AssertSameBits(expected, product.FastWith<Lanes128, Vector128<float>>(), "128");
                AssertSameBits(expected, product.FastWith<Lanes256, Vector256<float>>(), "256");
                AssertSameBits(expected, product.FastWith<Lanes512, Vector512<float>>(), "512");
            }
        }
    }

    [Theory]
    [InlineData(257, 300, 520)]
    [InlineData(1, 1000, 300)]
    [InlineData(40, 500, 256)]
    public void TheNumberOfThreadsChangesNoBit(int m, int n, int k)
    {
        var before = Threading.Count;
        try
        {
            foreach (var (ta, tb) in Transpositions)
            {
                var product = new MatMulProduct(ta, tb, m, n, k, Seed: 5) { WithBias = true };
                Threading.Count = 1;
                var alone = product.Fast();
                foreach (var threads in new[] { 2, 3, 8 })
                {
                    Threading.Count = threads;
                    AssertSameBits(alone, product.Fast(), $"{threads} threads, {product}");
                }
            }
        }
        finally
        {
            Threading.Count = before;
        }
    }

    [Fact]
    public void AWideMatrixPackedInSeveralTurnsGivesTheBitsOfItsRowsAlone()
    {
        // Just above the size that is packed at once.
        var product = new MatMulProduct(Transpose.No, Transpose.No, 145, 2065, 2050, Seed: 8) { WithBias = true };
        var all = product.Fast();
        foreach (var row in new[] { 0, 71, 144 })
        {
            AssertSameBits(all.AsSpan(row * product.N, product.N), product.FastRow(row), $"row {row}");
        }
    }

    [Fact]
    public void ALongReducedAxisTakenInSlabsEqualsTheNaiveLoopsBitForBit()
    {
        foreach (var (ta, tb) in Transpositions)
        {
            var product = new MatMulProduct(ta, tb, 150, 35, 8192 + 300, Seed: 4) { Gap = 2, WithBias = true, Accumulate = ta == tb };
            AssertSameBits(product.Naive(), product.Fast(), product.ToString());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ARowAloneEqualsItselfInABatch(bool transposed)
    {
        var tb = transposed ? Transpose.Yes : Transpose.No;
        const int K = 300, N = 77;
        foreach (var rows in new[] { 2, 7, 64, 200 })
        {
            var product = new MatMulProduct(Transpose.No, tb, rows, N, K, Seed: rows) { WithBias = true };
            var all = product.Fast();
            foreach (var row in new[] { 0, rows / 2, rows - 1 })
            {
                AssertSameBits(all.AsSpan(row * N, N), product.FastRow(row), $"row {row} of {rows}");
            }
        }
    }

    [Fact]
    public void APackedMatrixGivesTheBitsOfThePlainOne()
    {
        foreach (var tb in new[] { Transpose.No, Transpose.Yes })
        {
            foreach (var m in new[] { 1, 3, 12, 13, 64, 200 })
            {
                foreach (var n in new[] { 1, 31, 32, 100 })
                {
                    var product = new MatMulProduct(Transpose.No, tb, m, n, 300, Seed: n) { Gap = 2, Accumulate = n > 31, WithBias = m > 3 };
                    AssertSameBits(product.Fast(), product.FastPacked(), product.ToString());
                }
            }
        }
    }

    [Fact]
    public void TrailingZerosAlongKChangeNoBit()
    {
        const int M = 9, N = 40, K = 250, Padded = 270;
        var a = MatMulProduct.Floats(M * K, 1);
        var b = MatMulProduct.Floats(K * N, 2);
        var paddedA = new float[M * Padded];
        var paddedB = new float[Padded * N];
        b.CopyTo(paddedB, 0);
        for (var i = 0; i < M; i++)
        {
            a.AsSpan(i * K, K).CopyTo(paddedA.AsSpan(i * Padded));
        }

        var c = new float[M * N];
        var paddedC = new float[M * N];
        MatMul.Multiply(Transpose.No, Transpose.No, M, N, K, a, K, b, N, c, N, accumulate: false);
        MatMul.Multiply(Transpose.No, Transpose.No, M, N, Padded, paddedA, Padded, paddedB, N, paddedC, N, accumulate: false);
        AssertSameBits(c, paddedC, "padded");
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(1, 5)]
    [InlineData(40, 5)]
    [InlineData(3, 170)]
    public void ABatchEqualsItsItemsOneByOne(int batch, int m)
    {
        const int N = 19, K = 37;
        foreach (var (ta, tb) in Transpositions)
        {
            var (lda, ldb) = (ta == Transpose.No ? K : m, tb == Transpose.No ? N : K);
            foreach (var strideB in new[] { K * N + 3, 0 })
            {
                var a = MatMulProduct.Floats(batch * m * K, 1);
                var b = MatMulProduct.Floats(strideB * (batch - 1) + K * N, 2);
                var expected = MatMulProduct.Floats(batch * m * N, 3);
                var actual = (float[])expected.Clone();
                for (var i = 0; i < batch; i++)
                {
                    MatMulNaive.Multiply<float>(ta, tb, m, N, K, a.AsSpan(i * m * K), lda, b.AsSpan(i * strideB), ldb, expected.AsSpan(i * m * N), N, accumulate: true);
                }

                MatMul.MultiplyBatched(batch, ta, tb, m, N, K, a, lda, m * K, b, ldb, strideB, actual, N, m * N, accumulate: true);
                AssertSameBits(expected, actual, $"{ta} {tb} stride {strideB}");
            }
        }
    }

    [Fact]
    public void WhatLiesBesideTheOperandsCannotLeakIn()
    {
        // NaN in every gap of A and B and around the end of the spans: a packing that reads or multiplies it would show.
        foreach (var (ta, tb) in Transpositions)
        {
            foreach (var m in new[] { 1, 5, 13, 150 })
            {
                var product = new MatMulProduct(ta, tb, m, 35, 258, Seed: 9) { Gap = 7, GapValue = float.NaN };
                Assert.All(product.Fast(), value => Assert.True(float.IsFinite(value)));
                Assert.All(product.FastPackedOrPlain(), value => Assert.True(float.IsFinite(value)));
            }
        }
    }

    [Fact]
    public void WhatLiesBesideCIsLeftAlone()
    {
        const int M = 13, N = 35, K = 20, Stride = 41;
        var c = new float[M * Stride];
        Array.Fill(c, 7);
        MatMul.Multiply(Transpose.No, Transpose.No, M, N, K, MatMulProduct.Floats(M * K, 1), K, MatMulProduct.Floats(K * N, 2), N, c.AsSpan(0, (M - 1) * Stride + N), Stride, accumulate: false);
        for (var i = 0; i < M; i++)
        {
            Assert.All(c[(i * Stride + N)..((i + 1) * Stride)], value => Assert.Equal(7, value));
        }
    }

    [Fact]
    public void AnEmptySumIsZeroPlusBias()
    {
        float[] c = [1, 2, 3, 4];
        MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, 0, [], 0, [], 2, c, 2, accumulate: true, bias: [10, 20]);
        Assert.Equal([11, 22, 13, 24], c);
        MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, 0, [], 0, [], 2, c, 2, accumulate: false);
        Assert.Equal([0, 0, 0, 0], c);
    }

    [Fact]
    public void TheBitsAreTheSameOnEveryMachine()
    {
        // FNV-1a over the bits of C, made once by MatMulNaive; the suite is also run with vector instructions switched off.
        var product = new MatMulProduct(Transpose.No, Transpose.Yes, 37, 61, 531, Seed: 42) { Accumulate = true, WithBias = true };
        Assert.Equal(17526494234633434871UL, Hash(product.Naive()));
        Assert.Equal(17526494234633434871UL, Hash(product.Fast()));
        Assert.Equal(17526494234633434871UL, Hash(product.FastPacked()));
    }

    [Fact]
    public void ShortSpansAndStridesAreRefused()
    {
        var c = new float[4];
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, 3, new float[5], 3, new float[6], 2, c, 2, false));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, 3, new float[6], 2, new float[6], 2, c, 2, false));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.Yes, 2, 2, 3, new float[6], 3, new float[6], 2, c, 2, false));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, 3, new float[6], 3, new float[6], 2, c, 2, false, new float[3]));
        Assert.Throws<ArgumentException>(() => MatMul.Multiply(Transpose.No, Transpose.No, 2, 2, int.MaxValue, new float[6], int.MaxValue, new float[6], 2, c, 2, false));
        Assert.Throws<ArgumentOutOfRangeException>(() => MatMul.Multiply(Transpose.No, Transpose.No, -1, 2, 3, new float[6], 3, new float[6], 2, c, 2, false));
        Assert.Throws<ArgumentException>(() => MatMul.MultiplyBatched(2, Transpose.No, Transpose.No, 1, 2, 1, new float[2], 1, 1, new float[2], 2, 0, c, 2, 1, false));
    }

    private static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }

    private static ulong Hash(float[] values)
    {
        var hash = 14695981039346656037UL;
        foreach (var x in MemoryMarshal.AsBytes<float>(values))
        {
            hash = (hash ^ x) * 1099511628211UL;
        }

        return hash;
    }
}
