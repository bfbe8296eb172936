using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>A block of columns of both matrices, rows <see cref="Stride"/> floats apart, and what is done with it for windows of any kind.</summary>
internal unsafe struct WindowColumns
{
    /// <summary>So many windows before it is worked on, a window's rows are asked for.</summary>
    public const int Ahead = 2;

    public float* Input, Target;
    public int Stride, Block, Blocks;

    /// <summary>Where the products of these columns begin.</summary>
    public readonly float* Products(in WindowBatch.Pointers at, int window) => at.Products + ((long)Block * at.Windows + window) * at.ProductsOfWindow;

    /// <summary>Eight target rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Rows(int* targets, float** t)
    {
        for (int j = 0; j < WindowBatch.Block; j++) t[j] = Target + (long)targets[j] * Stride;
    }

    /// <summary>Asks for the rows of a window.</summary>
    public readonly void Prefetch(in WindowBatch.Pointers at, int window)
    {
        int* rows = at.Inputs + window * at.MaxInputs;
        for (int c = at.InputCounts[window] - 1; c >= 0; c--) Prefetch(Input + (long)rows[c] * Stride);
        rows = at.Targets + window * at.MaxTargets;
        for (int n = at.TargetBlocks[window] * WindowBatch.Block - 1; n >= 0; n--) Prefetch(Target + (long)rows[n] * Stride);
    }

    /// <summary>g = rate · weight · (label - σ(x·t)) for as many times the targets of a window as it has products, a multiple of eight; x·t is the sum over all blocks of columns, in order.</summary>
    public readonly float* Factors(in WindowBatch.Pointers at, int window, int rows, float rate)
    {
        float* g = at.Factors + Block * at.ProductsOfWindow;
        int N = at.MaxTargets, count = rows * N;
        long nextBlock = (long)at.Windows * at.ProductsOfWindow;
        float* products = at.Products + (long)window * at.ProductsOfWindow, labels = at.Labels + window * N, weights = at.Weights + window * N;
        var r = Lanes.Set(rate);
        for (int i = 0, first = 0; i < count; i += 16)
        {
            bool isWhole = i + 8 < count;
            int second = first + 8 == N ? 0 : first + 8;
            V dots = default;
            for (int block = 0; block < Blocks; block++)
                dots += isWhole ? Lanes.Load(products + block * nextBlock + i) : Half.Load(products + block * nextBlock + i);
            V label = Vector512.Create(Vector256.Load(labels + first), Vector256.Load(labels + second)), weight = Vector512.Create(Vector256.Load(weights + first), Vector256.Load(weights + second));
            var y = r * weight * (label - VectorMath.Sigmoid(dots));
            if (isWhole) y.Store(g + i);
            else Half.Store(y, g + i);
            first = second + 8 == N ? 0 : second + 8;
        }
        return g;
    }

    /// <summary>y[j] = x·t[j] over the columns.</summary>
    public readonly void Dots(float* x, float** t, float* y)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        float* t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], t4 = t[4], t5 = t[5], t6 = t[6], t7 = t[7];
        int d = 0;
        for (; d <= Stride - Lanes.Width; d += Lanes.Width)
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
        if (d < Stride)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Prefetch(float* row)
    {
        if (!Sse.IsSupported) return;
        for (int d = 0; d < Stride; d += Lanes.Width) Sse.Prefetch0(row + d);
        Sse.Prefetch0(row + Stride - 1);
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
        Sse.IsSupported ? Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b) : Vector128.Create(a[0] + a[2], b[0] + b[2], a[1] + a[3], b[1] + b[3]);
}
