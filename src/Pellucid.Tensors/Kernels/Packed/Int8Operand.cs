using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// int8: W ≈ scale_j · w with a scale per row of W and w in -127..127; a row of x is quantised likewise when it arrives (<see cref="Int8Rows"/>). Then
/// <code>y_ij = float(Σ_k q_ik w_jk) · scale_i · scale_j + bias_j</code>
/// with an exact 32-bit sum, so that no order, batch, thread or instruction set changes a bit. In the manner of Bhandare et al. 2019 and Dettmers et al. 2022 (section 3, without outliers).
/// </summary>
internal sealed unsafe class Int8Operand : PackedOperand
{
    private const int Panel = 32;
    private const int GroupStride = Panel * 4;

    private readonly float[] memory;
    private readonly float[] scales;
    private readonly int[] sums;

    /// <summary>From weights that are already quantised: row-major [N, K] and a scale per row.</summary>
    /// <exception cref="ArgumentException">A scale is negative or not finite, a weight is -128, or K is too large for a 32-bit sum.</exception>
    public Int8Operand(int n, int k, ReadOnlySpan<sbyte> w, ReadOnlySpan<float> scales) : this(n, k)
    {
        Edge.Length(w.Length, Edge.Count(n, k), nameof(w));
        Edge.Length(scales.Length, n, nameof(scales));
        for (var row = 0; row < n; row++)
        {
            if (!(scales[row] >= 0 && float.IsFinite(scales[row])))
            {
                throw new ArgumentException(FormattableString.Invariant($"the scale of row {row} is {scales[row]}; a scale is a finite number that is not negative."), nameof(scales));
            }

            var values = w.Slice(row * k, k);
            if (values.Contains(sbyte.MinValue))
            {
                throw new ArgumentException($"row {row} holds -128; symmetric 8-bit weights lie in -127..127.", nameof(w));
            }

            this.scales[row] = scales[row];
            var to = At(row, 0);
            for (var p = 0; p < k; p++)
            {
                to[p / 4 * GroupStride + p % 4] = values[p];
                sums[row] += values[p];
            }
        }
    }

    /// <summary>Quantises W [N, K].</summary>
    /// <exception cref="ArgumentException">A weight is not finite, or K is too large for a 32-bit sum.</exception>
    public Int8Operand(int n, int k, ReadOnlySpan<float> w) : this(n, k)
    {
        Edge.Length(w.Length, Edge.Count(n, k), nameof(w));
        var rounded = new short[(k + 3) / 4 * 4];
        fixed (float* pw = w)
        fixed (short* q = rounded)
        {
            for (var row = 0; row < n; row++)
            {
                scales[row] = Int8Rows.Scale(pw + (nint)row * k, k, out var inverse);
                if (float.IsNaN(scales[row]))
                {
                    throw new ArgumentException($"row {row} of the weight holds a number that is not finite.", nameof(w));
                }

                Int8Rows.Quantize(pw + (nint)row * k, k, inverse, (byte*)q, 4 * sizeof(short), asBytes: false);
                var to = At(row, 0);
                for (var p = 0; p < rounded.Length; p += 4, to += GroupStride)
                {
                    sums[row] += q[p] + q[p + 1] + q[p + 2] + q[p + 3];
                    *(int*)to = (byte)q[p] | (byte)q[p + 1] << 8 | (byte)q[p + 2] << 16 | (byte)q[p + 3] << 24;
                }
            }
        }
    }

    private Int8Operand(int n, int k) : base(n, k)
    {
        if (k > Int8Rows.MaxDepth)
        {
            throw new ArgumentException($"the weight has {k} inputs; a 32-bit sum holds {Int8Rows.MaxDepth} at most. Use bfloat16.");
        }

        memory = MatMulScratch.Allocate((long)(n + Panel - 1) / Panel * Panel * Groups);
        memory.AsSpan().Clear(); // the columns and k behind the end
        scales = new float[n];
        sums = new int[n];
    }

    public override long Bytes => (long)memory.Length * sizeof(float) + (long)scales.Length * (sizeof(float) + sizeof(int));

    public ReadOnlySpan<float> Scales => scales;

    private int Groups => (K + 3) / 4;

    private sbyte* Panels => (sbyte*)MatMulScratch.Align(memory);

    private static bool Has512 => Vector512.IsHardwareAccelerated && Avx512BW.IsSupported;

    private static bool Has128 => Sse2.IsSupported || AdvSimd.IsSupported;

    public override bool QuantizesActivations => true;

    public override void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias) => Multiply(m, x, y, bias, default, default);

    public override void Multiply(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias, Span<float> rowScales, Span<float> quantized)
    {
        if (AvxVnni.IsSupported) Multiply<Int8LanesVnni, Vector256<sbyte>, Vector256<int>>(m, x, y, bias, rowScales, quantized);
        else if (Has512) Multiply<Int8Lanes512, Vector512<short>, Vector512<int>>(m, x, y, bias, rowScales, quantized);
        else if (Avx2.IsSupported) Multiply<Int8Lanes256, Vector256<short>, Vector256<int>>(m, x, y, bias, rowScales, quantized);
        else if (Has128) Multiply<Int8Lanes128, Vector128<short>, Vector128<int>>(m, x, y, bias, rowScales, quantized);
        else Multiply<Int8LanesScalar, ulong, int>(m, x, y, bias, rowScales, quantized);
    }

    internal void Multiply<TLanes, TShorts, TInts>(int m, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> bias, Span<float> rowScales = default, Span<float> quantized = default)
        where TLanes : struct, IInt8Lanes<TShorts, TInts>
        where TShorts : struct
        where TInts : struct
    {
        Edge.Length(x.Length, Edge.Count(m, K), nameof(x));
        Edge.Length(y.Length, Edge.Count(m, N), nameof(y));
        Edge.LengthOrEmpty(bias.Length, N, nameof(bias));
        Edge.LengthOrEmpty(quantized.Length, Edge.Count(m, K), nameof(quantized));
        Edge.Length(rowScales.Length, quantized.IsEmpty ? 0 : m, nameof(rowScales));
        if (m == 0 || N == 0)
        {
            return;
        }

        fixed (float* px = x, py = y, pb = bias, ps = scales, pr = rowScales, pq = quantized)
        fixed (int* offsets = sums)
        {
            Int8Blocks<TLanes, TShorts, TInts>.Multiply(new Int8Product { M = m, N = N, K = K, X = px, Y = py, Bias = pb, Panels = Panels, Scales = ps, WeightSums = offsets, RowScales = pr, Quantized = pq });
        }

        GC.KeepAlive(this);
    }

    public override void CopyRow(int n, Span<float> row)
    {
        Edge.Length(row.Length, K, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)N, nameof(n));
        var from = At(n, 0);
        var scale = scales[n];
        for (var k = 0; k < row.Length; k++)
        {
            row[k] = from[k / 4 * GroupStride + k % 4] * scale;
        }

        GC.KeepAlive(this);
    }

    /// <summary>The 8-bit weights of a row.</summary>
    public void CopyRow(int n, Span<sbyte> row)
    {
        Edge.Length(row.Length, K, nameof(row));
        for (var k = 0; k < K; k++)
        {
            row[k] = *At(n, k);
        }

        GC.KeepAlive(this);
    }

    /// <summary>The oracle, and what verification recomputes: the formula as loops.</summary>
    public override void Naive(int m, ReadOnlySpan<double> x, Span<double> y, ReadOnlySpan<double> bias)
    {
        for (var i = 0; i < m; i++)
        {
            double largest = 0;
            foreach (var value in x.Slice(i * K, K))
            {
                largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : double.NaN;
            }

            var factor = 127 / (float)largest;
            var empty = !float.IsFinite(factor);
            var scale = double.IsNaN(largest) ? double.NaN : empty ? 0 : largest / 127;
            for (var j = 0; j < N; j++)
            {
                long sum = 0;
                for (var k = 0; k < K && !empty; k++)
                {
                    sum += (long)MathF.Round((float)x[i * K + k] * factor, MidpointRounding.ToEven) * *At(j, k);
                }

                y[i * N + j] = sum * scale * scales[j] + (bias.IsEmpty ? 0 : bias[j]);
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>[panel of 32 rows of W][group of four k][row][k]: a vector of the kernel is a few rows with four k each.</summary>
    private sbyte* At(int n, int k) => Panels + ((nint)(n / Panel) * Groups + k / 4) * GroupStride + n % Panel * 4 + k % 4;
}
