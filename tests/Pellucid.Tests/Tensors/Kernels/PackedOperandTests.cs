using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

[Collection(nameof(ThreadCount))]
public sealed class PackedOperandTests
{
    private static readonly int[] Sizes = [1, 7, 16, 17, 63, 64, 65, 257];
    private static readonly int[] Rows = [1, 2, 5, 6, 7, 12, 13, 25, 200];

    [Fact]
    public void Int8EqualsItsFormulaBitForBit()
    {
        int turn = 0;
        foreach (int n in Sizes)
            foreach (int k in Sizes)
            {
                int m = Rows[turn++ % Rows.Length];
                var (x, w, bias) = (Normal(m * k, 1), Normal(n * k, 2), Normal(n, 3));
                bool hasBias = turn % 3 > 0;
                var y = new float[m * n];
                new Int8Operand(n, k, w).Multiply(m, x, y, hasBias ? bias : default);
                AssertSameBits(Formula(m, n, k, x, w, hasBias ? bias : null), y, $"{m} x {n} x {k}");
            }
    }

    [Fact]
    public void BFloat16EqualsFloat32WithTheRoundedWeightsBitForBit()
    {
        int turn = 0;
        foreach (int n in (int[])[.. Sizes, 600])
            foreach (int k in (int[])[.. Sizes, 513])
            {
                int m = Rows[turn++ % Rows.Length];
                var (x, w, bias) = (Normal(m * k, 1), Normal(n * k, 2), Normal(n, 3));
                bool hasBias = turn % 3 > 0;
                var rounded = Array.ConvertAll(w, Rounded);
                var (y, expected) = (new float[m * n], new float[m * n]);
                var packed = new BFloat16Operand(n, k, w);
                packed.Multiply(m, x, y, hasBias ? bias : default);
                MatMulNaive.Multiply<float>(Transpose.No, Transpose.Yes, m, n, k, x, k, rounded, k, expected, n, false, hasBias ? bias : default);
                AssertSameBits(expected, y, $"{m} x {n} x {k}");
                var row = new float[k];
                packed.CopyRow(n - 1, row);
                AssertSameBits(rounded[^k..], row, "the last row");
            }
    }

    [Fact]
    public void Int8HandsOutWhatItMultipliedOnEveryInstructionSet()
    {
        foreach (var (m, n, k) in ((int, int, int)[])[(1, 33, 70), (5, 17, 64), (13, 40, 257), (30, 16, 3)])
        {
            var (x, w) = (Normal(m * k, 1), Normal(n * k, 2));
            x.AsSpan(0, k).Clear(); // a row of zeros has scale 0
            var operand = new Int8Operand(n, k, w);
            var plain = new float[m * n];
            operand.Multiply(m, x, plain, default);
            HandsOut((y, s, q) => operand.Multiply(m, x, y, default, s, q));
            HandsOut((y, s, q) => operand.Multiply<Int8LanesScalar, ulong, int>(m, x, y, default, s, q));
            HandsOut((y, s, q) => operand.Multiply<BytesScalar, uint, int>(m, x, y, default, s, q));
            if (Sse2.IsSupported) HandsOut((y, s, q) => operand.Multiply<Int8Lanes128, Vector128<short>, Vector128<int>>(m, x, y, default, s, q));
            if (Avx2.IsSupported) HandsOut((y, s, q) => operand.Multiply<Int8Lanes256, Vector256<short>, Vector256<int>>(m, x, y, default, s, q));
            if (Avx512BW.IsSupported) HandsOut((y, s, q) => operand.Multiply<Int8Lanes512, Vector512<short>, Vector512<int>>(m, x, y, default, s, q));

            void HandsOut(Action<float[], float[], float[]> multiply)
            {
                var (y, scales, numbers) = (new float[m * n], new float[m], new float[m * k]);
                multiply(y, scales, numbers);
                AssertSameBits(plain, y, "the product");
                for (int row = 0; row < m; row++)
                {
                    float largest = x.AsSpan(row * k, k).ToArray().Max(MathF.Abs), factor = 127 / largest;
                    Assert.Equal(largest / 127, scales[row]);
                    for (int i = row * k; i < (row + 1) * k; i++)
                        Assert.Equal(largest == 0 ? 0 : MathF.Round(x[i] * factor, MidpointRounding.ToEven), numbers[i]);
                }
            }
        }
    }

    [Fact]
    public void EveryInstructionSetGivesTheBitsOfInt8()
    {
        foreach (var (m, n, k) in ((int, int, int)[])[(1, 33, 70), (5, 17, 64), (13, 40, 257), (30, 16, 3)])
        {
            var (x, w, bias) = (Normal(m * k, 1), Normal(n * k, 2), Normal(n, 3));
            var expected = Formula(m, n, k, x, w, bias);
            var operand = new Int8Operand(n, k, w);
            Same((y, b) => operand.Multiply<Int8LanesScalar, ulong, int>(m, x, y, b), "scalar");
            Same((y, b) => operand.Multiply<BytesScalar, uint, int>(m, x, y, b), "bytes, as AVX-VNNI multiplies them");
            if (Sse2.IsSupported) Same((y, b) => operand.Multiply<Int8Lanes128, Vector128<short>, Vector128<int>>(m, x, y, b), "128");
            if (Avx2.IsSupported) Same((y, b) => operand.Multiply<Int8Lanes256, Vector256<short>, Vector256<int>>(m, x, y, b), "256");
            if (Avx512BW.IsSupported) Same((y, b) => operand.Multiply<Int8Lanes512, Vector512<short>, Vector512<int>>(m, x, y, b), "512");

            void Same(Action<float[], float[]> multiply, string path)
            {
                var y = new float[m * n];
                multiply(y, bias);
                AssertSameBits(expected, y, $"{path}, {m} x {n} x {k}");
            }
        }
    }

    [Fact]
    public void AvxVnniGivesTheBitsOfInt8()
    {
        Assert.SkipUnless(AvxVnni.IsSupported, "this machine has no AVX-VNNI");
        var (x, w, bias) = (Normal(13 * 257, 1), Normal(40 * 257, 2), Normal(40, 3));
        var y = new float[13 * 40];
        new Int8Operand(40, 257, w).Multiply<Int8LanesVnni, Vector256<sbyte>, Vector256<int>>(13, x, y, bias);
        AssertSameBits(Formula(13, 40, 257, x, w, bias), y, "AVX-VNNI");
    }

    [Fact]
    public void EveryVectorWidthGivesTheBitsOfBFloat16()
    {
        foreach (int m in (int[])[1, 4, 6])
        {
            const int N = 150, K = 300;
            var (x, w, bias) = (Normal(m * K, 1), Normal(N * K, 2), Normal(N, 3));
            var expected = new float[m * N];
            MatMulNaive.Multiply<float>(Transpose.No, Transpose.Yes, m, N, K, x, K, Array.ConvertAll(w, Rounded), K, expected, N, false, bias);
            AssertSameBits(expected, FewRows<LanesScalar, BFloat16LanesScalar, float>(m, N, K, x, w, bias), "scalar");
            AssertSameBits(expected, FewRows<Lanes128, BFloat16Lanes128, Vector128<float>>(m, N, K, x, w, bias), "128");
            AssertSameBits(expected, FewRows<Lanes256, BFloat16Lanes256, Vector256<float>>(m, N, K, x, w, bias), "256");
            AssertSameBits(expected, FewRows<Lanes512, BFloat16Lanes512, Vector512<float>>(m, N, K, x, w, bias), "512");
        }
    }

    [Fact]
    public void TheLargestSumsAreExact()
    {
        const int K = Int8Rows.MaxDepth;
        var (x, w, y) = (new float[K], new float[K], new float[1]);
        Array.Fill(x, -1f);
        Array.Fill(w, 2f);
        new Int8Operand(1, K, w).Multiply(1, x, y, default);
        Assert.Equal(-2.0 * K, y[0], 2.0 * K * 1e-6);
        var bytes = new float[1];
        new Int8Operand(1, K, w).Multiply<BytesScalar, uint, int>(1, x, bytes, default);
        Assert.Equal(y, bytes);
        Assert.Throws<ArgumentException>(() => new Int8Operand(1, K + 1, new float[K + 1]));
    }

    [Theory]
    [InlineData(1), InlineData(13)]
    public void WithoutInputsTheBiasIsAll(int m)
    {
        const int N = 40;
        var bias = Normal(N, 3);
        foreach (var precision in Enum.GetValues<Precision>())
        {
            var operand = PackedWeight.Pack([], N, 0, precision).Operand;
            var y = new float[m * N];
            Array.Fill(y, 7f);
            operand.Multiply(m, [], y, bias);
            Assert.Equal(Enumerable.Repeat(bias, m).SelectMany(row => row), y);
            operand.Multiply(m, [], y, default);
            Assert.All(y, value => Assert.Equal(0f, value));
        }
    }

    [Fact]
    public void RowsOfZerosGiveTheBiasAndNumbersThatAreNotFiniteGiveNaN()
    {
        const int K = 37, N = 19;
        var x = Normal(5 * K, 1);
        x.AsSpan(0, K).Clear();
        x[K + 3] = float.NaN;
        x[2 * K + 4] = float.NegativeInfinity;
        x.AsSpan(3 * K, K).Fill(1e-40f);
        var bias = Normal(N, 3);
        var (y, bytes) = (new float[5 * N], new float[5 * N]);
        var operand = new Int8Operand(N, K, Normal(N * K, 2));
        operand.Multiply(5, x, y, bias);
        operand.Multiply<BytesScalar, uint, int>(5, x, bytes, bias);
        Assert.Equal(y, bytes);
        for (int j = 0; j < N; j++)
        {
            Assert.Equal(bias[j], y[j]);
            Assert.True(float.IsNaN(y[N + j]) && float.IsNaN(y[2 * N + j]));
            Assert.Equal(bias[j], y[3 * N + j]);
            Assert.True(float.IsFinite(y[4 * N + j]));
        }
    }

    [Fact]
    public void ARowAloneEqualsItselfInABatchAndThreadsChangeNoBit()
    {
        const int M = 230, N = 333, K = 129;
        var (x, w, bias) = (Normal(M * K, 1), Normal(N * K, 2), Normal(N, 3));
        int before = Threading.Count;
        try
        {
            foreach (var operand in (PackedOperand[])[new FloatOperand(N, K, w), new BFloat16Operand(N, K, w), new Int8Operand(N, K, w)])
            {
                Threading.Count = 1;
                var (all, alone) = (new float[M * N], new float[N]);
                operand.Multiply(M, x, all, bias);
                foreach (int row in (int[])[0, 11, 12, 191, 192, 229])
                {
                    operand.Multiply(1, x.AsSpan(row * K, K), alone, bias);
                    AssertSameBits(all.AsSpan(row * N, N).ToArray(), alone, $"row {row}");
                }
                Threading.Count = 3;
                var threaded = new float[M * N];
                operand.Multiply(M, x, threaded, bias);
                AssertSameBits(all, threaded, "three threads");
            }
        }
        finally
        {
            Threading.Count = before;
        }
    }

    [Fact]
    public void QuantisedWeightsSurviveUnpackingAndPacking()
    {
        const int N = 21, K = 66;
        var first = PackedWeight.Pack(Tensor.From(Normal(N * K, 2), [N, K]), Precision.Int8);
        var (values, scales) = first.ToInt8();
        Assert.Contains((sbyte)127, values.Select(Math.Abs));
        var second = PackedWeight.FromInt8(values, scales, N, K);
        Assert.Equal(Some.Bits(first.ToTensor()), Some.Bits(second.ToTensor()));
        Assert.Equal(values, second.ToInt8().Values);
        values[5] = sbyte.MinValue;
        Assert.Contains("-128", Assert.Throws<ArgumentException>(() => PackedWeight.FromInt8(values, scales, N, K)).Message);
        Assert.Contains("scale of row 3", Assert.Throws<ArgumentException>(() => PackedWeight.FromInt8(second.ToInt8().Values, [.. scales[..3], -1, .. scales[4..]], N, K)).Message);
    }

    [Fact]
    public void WeightsThatDoNotFitAreRefused()
    {
        foreach (var precision in (Precision[])[Precision.BFloat16, Precision.Int8])
            Assert.Throws<ArgumentException>(() => PackedWeight.Pack(Tensor.From([1, float.NaN], [1, 2]), precision));
        Assert.Throws<ArgumentException>(() => PackedWeight.Pack(Tensor.From([1, float.MaxValue], [1, 2]), Precision.BFloat16));
    }

    [Fact]
    public void RoundingIsToNearestAndTiesGoToEven()
    {
        Assert.Equal([1f, 1.0078125f, 1.015625f, -3.140625f], Array.ConvertAll([1.00390625f, 1.0039064f, 1.01171875f, -3.14159f], Rounded));
        var packed = PackedWeight.Pack(Tensor.From([127, 0.5f, 1.5f, -2.5f, 2.51f], [1, 5]), Precision.Int8);
        Assert.Equal(new sbyte[] { 127, 0, 2, -2, 3 }, packed.ToInt8().Values);
    }

    /// <summary>The formula, written once more: quantise, sum in 64 bits, scale.</summary>
    private static float[] Formula(int m, int n, int k, float[] x, float[] w, float[]? bias)
    {
        var (qx, sx) = Quantised(m, k, x);
        var (qw, sw) = Quantised(n, k, w);
        var y = new float[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                long sum = 0;
                for (int p = 0; p < k; p++)
                    sum += qx[i * k + p] * qw[j * k + p];
                float scaled = (float)sum * sx[i];
                scaled *= sw[j];
                y[i * n + j] = bias is null ? scaled : scaled + bias[j];
            }
        return y;
    }

    private static (long[] Values, float[] Scales) Quantised(int rows, int k, float[] x)
    {
        var (values, scales) = (new long[x.Length], new float[rows]);
        for (int row = 0; row < rows; row++)
        {
            float largest = x.Skip(row * k).Take(k).Max(MathF.Abs);
            scales[row] = largest / 127;
            float factor = 127 / largest;
            for (int p = 0; p < k; p++)
                values[row * k + p] = (long)MathF.Round(x[row * k + p] * factor, MidpointRounding.ToEven);
        }
        return (values, scales);
    }

    private static unsafe float[] FewRows<TLanes, TPairs, TVector>(int m, int n, int k, float[] x, float[] w, float[] bias)
        where TLanes : struct, ILanes<TVector>
        where TPairs : struct, IBFloat16Lanes<TVector>
        where TVector : struct
    {
        int columns = 2 * TLanes.Count, panels = (n + columns - 1) / columns;
        var (pairs, y) = (new uint[panels * k * TLanes.Count], new float[m * n]);
        for (int j = 0; j < n; j++)
            for (int p = 0; p < k; p++)
                pairs[(j / columns * k + p) * TLanes.Count + j % TLanes.Count] |= BFloat16Pairs.Round(w[j * k + p]) >> (j % columns < TLanes.Count ? 16 : 0);
        fixed (uint* to = pairs)
        fixed (float* px = x, pb = bias, py = y)
        {
            BFloat16Blocks<TLanes, TPairs, TVector>.Multiply(new BFloat16Product { M = m, N = n, K = k, X = px, Y = py, Bias = pb, Panels = to });
        }
        return y;
    }

    private static float Rounded(float value) => BitConverter.UInt32BitsToSingle(BFloat16Pairs.Round(value));

    private static float[] Normal(int count, ulong seed) => Some.Tensor([count], seed).ToArray();

    private static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail(FormattableString.Invariant($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}"));
    }

    /// <summary>AVX-VNNI's way with unsigned activations in scalar code, so that all of it but its one instruction is tested on any machine.</summary>
    private unsafe struct BytesScalar : IInt8Lanes<uint, int>
    {
        public static int Columns => 1;
        public static int Vectors => 2;
        public static int GroupBytes => 4;

        public static uint Widen(sbyte* source) => *(uint*)source;

        public static uint Load(short* source) => *(uint*)source;

        public static void Store(uint value, short* destination) => *(uint*)destination = value;

        public static uint Broadcast(byte* four) => *(uint*)four;

        public static (int, int) MultiplyAdd(int first, int second, uint activations, uint weights1, uint weights2)
        {
            for (int shift = 0; shift < 32; shift += 8)
            {
                first += (byte)(activations >> shift) * (sbyte)(weights1 >> shift);
                second += (byte)(activations >> shift) * (sbyte)(weights2 >> shift);
            }
            return (first, second);
        }

        public static void Sums(int first, int second, int* destination) => (destination[0], destination[1]) = (first, second);
    }
}
