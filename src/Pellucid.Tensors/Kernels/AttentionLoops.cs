using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The two small products inside one attention head. Every result is one chain of fused multiply-adds in the order of
/// the summed index, whatever the tiling, so a query alone gives the bits it gives in a batch.
/// </summary>
internal static unsafe class AttentionLoops
{
    /// <summary>n rounded up to whole lanes.</summary>
    public static int Padded(int n) => (n + Lanes.Width - 1) / Lanes.Width * Lanes.Width;

    /// <summary>packed[k, s] = y[s·stride + k], rows of <paramref name="width"/> (a multiple of 16), zeros behind the last s.</summary>
    public static void Pack(float* y, int stride, int S, int K, float* packed, int width)
    {
        int s = 0;
        for (; s <= S - 4; s += 4)
        {
            float* a = y + (long)s * stride, b = a + stride, c = b + stride, d = c + stride;
            float* p = packed + s;
            int k = 0;
            for (; k <= K - 4; k += 4, p += 4 * width) Transpose4(a + k, b + k, c + k, d + k, p, width);
            for (; k < K; k++, p += width) Vector128.Create(a[k], b[k], c[k], d[k]).Store(p);
        }
        for (; s < width; s++)
            for (int k = 0; k < K; k++) packed[(long)k * width + s] = s < S ? y[(long)s * stride + k] : 0f;
    }

    /// <summary>scores[r, s] = Σ_k x[r·stride + k]·packed[k, s] for whole blocks of 16 keys up to <paramref name="end"/>.</summary>
    public static void Dots(float* x, int stride, int rows, int K, float* packed, int width, int end, float* scores, int scoreStride)
    {
        int r = 0;
        for (; r <= rows - 4; r += 4) Dots4(x + (long)r * stride, stride, K, packed, width, end, scores + (long)r * scoreStride, scoreStride);
        if (r < rows && rows >= 4) // the last four again: the same values, and faster than one by one
        {
            r = rows - 4;
            Dots4(x + (long)r * stride, stride, K, packed, width, end, scores + (long)r * scoreStride, scoreStride);
            return;
        }
        for (; r < rows; r++) Dots1(x + (long)r * stride, K, packed, width, end, scores + (long)r * scoreStride);
    }

    /// <summary>y[r·outStride + k] (+)= Σ_c a[r·rowStride + c·columnStride]·x[c·stride + k], c in order.</summary>
    public static void Mix(float* a, long rowStride, long columnStride, int rows, int columns, float* x, int stride, int K, float* y, int outStride, bool accumulate)
    {
        int r = 0;
        for (; r < rows && rows >= 4; r += 4)
        {
            if (r > rows - 4)
            {
                if (accumulate) break;
                r = rows - 4; // some rows again: the same values, and faster than one by one
            }
            int k = 0;
            for (; k <= K - 32; k += 32)
                Mix4(a + r * rowStride, rowStride, columnStride, columns, x + k, stride, y + (long)r * outStride + k, outStride, accumulate);
            for (; k < K; k += Lanes.Width)
                for (int i = 0; i < 4; i++)
                    Mix1(a + (r + i) * rowStride, columnStride, columns, x + k, stride, y + (long)(r + i) * outStride + k, K - k, accumulate);
        }
        for (; r < rows; r++)
            for (int k = 0; k < K; k += Lanes.Width)
                Mix1(a + r * rowStride, columnStride, columns, x + k, stride, y + (long)r * outStride + k, K - k, accumulate);
    }

    private static void Transpose4(float* a, float* b, float* c, float* d, float* p, int width)
    {
        var va = Vector128.Load(a);
        var vb = Vector128.Load(b);
        var vc = Vector128.Load(c);
        var vd = Vector128.Load(d);
        for (int i = 0; i < 4; i++, p += width) Vector128.Create(va[i], vb[i], vc[i], vd[i]).Store(p);
    }

    private static void Dots4(float* x, int stride, int K, float* packed, int width, int end, float* scores, int scoreStride)
    {
        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride;
        float* y1 = scores + scoreStride, y2 = y1 + scoreStride, y3 = y2 + scoreStride;
        int s = 0;
        for (; s + Lanes.Width < end; s += 2 * Lanes.Width)
        {
            V a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            float* p = packed + s;
            for (int k = 0; k < K; k++, p += width)
            {
                V p0 = Lanes.Load(p), p1 = Lanes.Load(p + 16);
                var v = Lanes.Set(x[k]);
                a0 = Lanes.Fma(v, p0, a0);
                a1 = Lanes.Fma(v, p1, a1);
                v = Lanes.Set(x1[k]);
                b0 = Lanes.Fma(v, p0, b0);
                b1 = Lanes.Fma(v, p1, b1);
                v = Lanes.Set(x2[k]);
                c0 = Lanes.Fma(v, p0, c0);
                c1 = Lanes.Fma(v, p1, c1);
                v = Lanes.Set(x3[k]);
                d0 = Lanes.Fma(v, p0, d0);
                d1 = Lanes.Fma(v, p1, d1);
            }
            Store2(a0, a1, scores + s);
            Store2(b0, b1, y1 + s);
            Store2(c0, c1, y2 + s);
            Store2(d0, d1, y3 + s);
        }
        if (s < end)
        {
            V a = default, b = default, c = default, d = default;
            float* p = packed + s;
            for (int k = 0; k < K; k++, p += width)
            {
                var v = Lanes.Load(p);
                a = Lanes.Fma(Lanes.Set(x[k]), v, a);
                b = Lanes.Fma(Lanes.Set(x1[k]), v, b);
                c = Lanes.Fma(Lanes.Set(x2[k]), v, c);
                d = Lanes.Fma(Lanes.Set(x3[k]), v, d);
            }
            a.Store(scores + s);
            b.Store(y1 + s);
            c.Store(y2 + s);
            d.Store(y3 + s);
        }
    }

    private static void Dots1(float* x, int K, float* packed, int width, int end, float* scores)
    {
        for (int s = 0; s < end; s += Lanes.Width)
        {
            var sum = V.Zero;
            float* p = packed + s;
            for (int k = 0; k < K; k++, p += width) sum = Lanes.Fma(Lanes.Set(x[k]), Lanes.Load(p), sum);
            sum.Store(scores + s);
        }
    }

    private static void Mix4(float* a, long rowStride, long columnStride, int columns, float* x, int stride, float* y, int outStride, bool accumulate)
    {
        V a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        float* a2 = a + 2 * rowStride;
        for (int c = 0; c < columns; c++, a += columnStride, a2 += columnStride, x += stride)
        {
            V x0 = Lanes.Load(x), x1 = Lanes.Load(x + 16);
            var v = Lanes.Set(a[0]);
            a0 = Lanes.Fma(v, x0, a0);
            a1 = Lanes.Fma(v, x1, a1);
            v = Lanes.Set(a[rowStride]);
            b0 = Lanes.Fma(v, x0, b0);
            b1 = Lanes.Fma(v, x1, b1);
            v = Lanes.Set(a2[0]);
            c0 = Lanes.Fma(v, x0, c0);
            c1 = Lanes.Fma(v, x1, c1);
            v = Lanes.Set(a2[rowStride]);
            d0 = Lanes.Fma(v, x0, d0);
            d1 = Lanes.Fma(v, x1, d1);
        }
        Put2(a0, a1, y, accumulate);
        Put2(b0, b1, y + outStride, accumulate);
        Put2(c0, c1, y + 2L * outStride, accumulate);
        Put2(d0, d1, y + 3L * outStride, accumulate);
    }

    private static void Mix1(float* a, long columnStride, int columns, float* x, int stride, float* y, int width, bool accumulate)
    {
        var sum = V.Zero;
        if (width >= Lanes.Width)
        {
            for (int c = 0; c < columns; c++, a += columnStride, x += stride) sum = Lanes.Fma(Lanes.Set(*a), Lanes.Load(x), sum);
            (accumulate ? Lanes.Load(y) + sum : sum).Store(y);
            return;
        }
        for (int c = 0; c < columns; c++, a += columnStride, x += stride) sum = Lanes.Fma(Lanes.Set(*a), Lanes.LoadTail(x, width), sum);
        Lanes.StoreTail(accumulate ? Lanes.LoadTail(y, width) + sum : sum, y, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2(V a, V b, float* y)
    {
        a.Store(y);
        b.Store(y + Lanes.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2(V a, V b, float* y, bool accumulate)
    {
        if (accumulate) Store2(Lanes.Load(y) + a, Lanes.Load(y + Lanes.Width) + b, y);
        else Store2(a, b, y);
    }
}
