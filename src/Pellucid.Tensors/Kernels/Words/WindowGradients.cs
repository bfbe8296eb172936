using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// What one window changes, with all rows as they were before the batch. With x the inputs [C, D], t the targets [N, D], and g[c,n] = rate · (label[n] - σ(x[c]·t[n])):
/// skip-gram has dx[c] = Σ_n g[c,n] t[n] and dt[n] = Σ_c g[c,n] x[c]; the mean (or sum) of words h has one g[n], dh = Σ_n g[n] t[n] added to every word around, and dt[n] = g[n] h.
/// </summary>
internal static unsafe class WindowGradients
{
    private const int Block = WindowBatch.Block;

    /// <summary>Asks for the rows of a window.</summary>
    public static void Prefetch(in WindowBatch.Pointers at, int w, float* input, float* target)
    {
        int* rows = at.Inputs + w * at.MaxInputs;
        for (int c = 0; c < at.InputCounts[w]; c++) Prefetch(input + (long)rows[c] * at.Stride, at.Stride);
        rows = at.Targets + w * at.MaxTargets;
        for (int n = 0; n < at.TargetCounts[w]; n++) Prefetch(target + (long)rows[n] * at.Stride, at.Stride);
    }

    public static void SkipGram(in WindowBatch.Pointers at, int w, float rate, float* input, float* target)
    {
        int C = at.InputCounts[w], N = at.TargetCounts[w], stride = at.Stride;
        int* inputs = at.Inputs + w * at.MaxInputs, targets = at.Targets + w * at.MaxTargets;
        float* dx = at.InputDeltas + (long)w * at.MaxInputs * stride, dt = at.TargetDeltas + (long)w * at.MaxTargets * stride;
        float** t = stackalloc float*[Block];
        for (int n = 0; n < N; n += Block)
        {
            Rows(t, targets + n, N - n, target, at);
            float* g = at.Factors + (long)w * at.MaxInputs * at.MaxTargets + n, labels = at.Labels + w * at.MaxTargets + n;
            for (int c = 0; c < C; c++) Dots(input + (long)inputs[c] * stride, t, stride, g + c * at.MaxTargets);
            for (int c = 0; c < C; c++) Factors(g + c * at.MaxTargets, labels, N - n, rate);
            int d = 0;
            for (; d <= stride - Lanes.Width; d += Lanes.Width) Outer<Whole>(d, n == 0, C, inputs, input, t, g, at.MaxTargets, dx, dt + (long)n * stride, stride);
            if (d < stride) Outer<Half>(d, n == 0, C, inputs, input, t, g, at.MaxTargets, dx, dt + (long)n * stride, stride);
        }
    }

    public static void Words(in WindowBatch.Pointers at, int w, float rate, float* input, float* target, bool isMean)
    {
        int C = at.InputCounts[w], N = at.TargetCounts[w], stride = at.Stride;
        if (C == 0) return;
        int* inputs = at.Inputs + w * at.MaxInputs, targets = at.Targets + w * at.MaxTargets;
        float* dh = at.InputDeltas + (long)w * stride, h = at.TargetDeltas + (long)w * stride;
        int whole = stride / Lanes.Width * Lanes.Width;
        float scale = isMean ? 1f / C : 1f;
        for (int d = 0; d < whole; d += Lanes.Width) Sum<Whole>(d, C, inputs, input, stride, scale, h);
        if (whole < stride) Sum<Half>(whole, C, inputs, input, stride, scale, h);
        float** t = stackalloc float*[Block];
        for (int n = 0; n < N; n += Block)
        {
            Rows(t, targets + n, N - n, target, at);
            float* g = at.Factors + w * at.MaxTargets + n;
            Dots(h, t, stride, g);
            Factors(g, at.Labels + w * at.MaxTargets + n, N - n, rate);
            for (int d = 0; d < whole; d += Lanes.Width) Combine<Whole>(d, n == 0, t, g, dh);
            if (whole < stride) Combine<Half>(whole, n == 0, t, g, dh);
        }
    }

    /// <summary>A block of target rows; a row of zeros where there are no more.</summary>
    private static void Rows(float** t, int* targets, int left, float* target, in WindowBatch.Pointers at)
    {
        for (int j = 0; j < Block; j++) t[j] = j < left ? target + (long)targets[j] * at.Stride : at.Zero;
    }

    /// <summary>y[j] = x·t[j].</summary>
    private static void Dots(float* x, float** t, int stride, float* y)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        float* t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7];
        int d = 0;
        for (; d <= stride - Lanes.Width; d += Lanes.Width)
        {
            var v = Lanes.Load(x + d);
            s0 = Lanes.Fma(v, Lanes.Load(t0 + d), s0);
            s1 = Lanes.Fma(v, Lanes.Load(t1 + d), s1);
            s2 = Lanes.Fma(v, Lanes.Load(t2 + d), s2);
            s3 = Lanes.Fma(v, Lanes.Load(t3 + d), s3);
            s4 = Lanes.Fma(v, Lanes.Load(t4 + d), s4);
            s5 = Lanes.Fma(v, Lanes.Load(t5 + d), s5);
            s6 = Lanes.Fma(v, Lanes.Load(t6 + d), s6);
            s7 = Lanes.Fma(v, Lanes.Load(t7 + d), s7);
        }
        if (d < stride)
        {
            var v = Half.Load(x + d);
            s0 = Lanes.Fma(v, Half.Load(t0 + d), s0);
            s1 = Lanes.Fma(v, Half.Load(t1 + d), s1);
            s2 = Lanes.Fma(v, Half.Load(t2 + d), s2);
            s3 = Lanes.Fma(v, Half.Load(t3 + d), s3);
            s4 = Lanes.Fma(v, Half.Load(t4 + d), s4);
            s5 = Lanes.Fma(v, Half.Load(t5 + d), s5);
            s6 = Lanes.Fma(v, Half.Load(t6 + d), s6);
            s7 = Lanes.Fma(v, Half.Load(t7 + d), s7);
        }
        Vector256.Create(Fold4(s0, s1, s2, s3), Fold4(s4, s5, s6, s7)).Store(y);
    }

    /// <summary><see cref="Lanes.Fold(V)"/> of four at once, in the same tree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold4(V a, V b, V c, V d)
    {
        var (p, q, r, s) = (Four(a), Four(b), Four(c), Four(d));
        var (pq, rs) = (Interleave(p, q), Interleave(r, s));
        return Vector128.Create(pq.GetLower(), rs.GetLower()) + Vector128.Create(pq.GetUpper(), rs.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Four(V v)
    {
        var eight = v.GetLower() + v.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }

    /// <summary>(a0 + a2, b0 + b2, a1 + a3, b1 + b3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(Vector128<float> a, Vector128<float> b) =>
        System.Runtime.Intrinsics.X86.Sse.IsSupported
            ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(a, b) + System.Runtime.Intrinsics.X86.Sse.UnpackHigh(a, b)
            : Vector128.Create(a[0] + a[2], b[0] + b[2], a[1] + a[3], b[1] + b[3]);

    /// <summary>g[j] = rate · (label[j] - σ(g[j])), and 0 where there is no target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Factors(float* g, float* labels, int left, float rate)
    {
        var dots = Vector512.Create(Vector256.Load(g), Vector256<float>.Zero);
        var label = Vector512.Create(Vector256.Load(labels), Vector256<float>.Zero);
        var y = Lanes.Set(rate) * (label - VectorMath.Sigmoid(dots));
        (y & Lanes.Mask(left)).GetLower().Store(g);
    }

    /// <summary>h = scale · Σ_c x[c].</summary>
    private static void Sum<TColumns>(int d, int C, int* inputs, float* input, int stride, float scale, float* h) where TColumns : struct, IColumns
    {
        V sum = default;
        for (int c = 0; c < C; c++) sum += TColumns.Load(input + (long)inputs[c] * stride + d);
        TColumns.Store(sum * Lanes.Set(scale), h + d);
    }

    /// <summary>dh = Σ_n g[n] t[n], in the order of n over all blocks.</summary>
    private static void Combine<TColumns>(int d, bool isFirst, float** t, float* g, float* dh) where TColumns : struct, IColumns
    {
        var sum = isFirst ? default : TColumns.Load(dh + d);
        for (int j = 0; j < Block; j++) sum = Lanes.Fma(Lanes.Set(g[j]), TColumns.Load(t[j] + d), sum);
        TColumns.Store(sum, dh + d);
    }

    /// <summary>The columns from d on of dx and of a block of dt.</summary>
    private static void Outer<TColumns>(int d, bool isFirst, int C, int* inputs, float* input, float** t, float* g, int step, float* dx, float* dt, int stride) where TColumns : struct, IColumns
    {
        V t0 = TColumns.Load(t[0] + d), t1 = TColumns.Load(t[1] + d), t2 = TColumns.Load(t[2] + d), t3 = TColumns.Load(t[3] + d);
        V t4 = TColumns.Load(t[4] + d), t5 = TColumns.Load(t[5] + d), t6 = TColumns.Load(t[6] + d), t7 = TColumns.Load(t[7] + d);
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int c = 0; c < C; c++, g += step)
        {
            var x = TColumns.Load(input + (long)inputs[c] * stride + d);
            V g0 = Lanes.Set(g[0]), g1 = Lanes.Set(g[1]), g2 = Lanes.Set(g[2]), g3 = Lanes.Set(g[3]);
            s0 = Lanes.Fma(g0, x, s0);
            s1 = Lanes.Fma(g1, x, s1);
            s2 = Lanes.Fma(g2, x, s2);
            s3 = Lanes.Fma(g3, x, s3);
            var sum = isFirst ? default : TColumns.Load(dx + c * stride + d);
            sum = Lanes.Fma(g3, t3, Lanes.Fma(g2, t2, Lanes.Fma(g1, t1, Lanes.Fma(g0, t0, sum))));
            V g4 = Lanes.Set(g[4]), g5 = Lanes.Set(g[5]), g6 = Lanes.Set(g[6]), g7 = Lanes.Set(g[7]);
            s4 = Lanes.Fma(g4, x, s4);
            s5 = Lanes.Fma(g5, x, s5);
            s6 = Lanes.Fma(g6, x, s6);
            s7 = Lanes.Fma(g7, x, s7);
            sum = Lanes.Fma(g7, t7, Lanes.Fma(g6, t6, Lanes.Fma(g5, t5, Lanes.Fma(g4, t4, sum))));
            TColumns.Store(sum, dx + c * stride + d);
        }
        dt += d;
        TColumns.Store(s0, dt);
        TColumns.Store(s1, dt + stride);
        TColumns.Store(s2, dt + 2 * stride);
        TColumns.Store(s3, dt + 3 * stride);
        TColumns.Store(s4, dt + 4 * stride);
        TColumns.Store(s5, dt + 5 * stride);
        TColumns.Store(s6, dt + 6 * stride);
        TColumns.Store(s7, dt + 7 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* row, int stride)
    {
        for (int d = 0; d < stride; d += Lanes.Width) Lanes.Prefetch(row + d);
    }
}
