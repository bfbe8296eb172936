using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Where the rows of a norm come from.</summary>
internal unsafe interface IRowSource
{
    /// <summary>False when the rows already lie in memory as they are.</summary>
    static abstract bool Computed { get; }

    /// <summary>Elements e .. e + 15 of the matrix, of which the row has n left.</summary>
    Vector512<float> At(long e, int n);
}

/// <summary>x itself.</summary>
internal unsafe struct PlainRows : IRowSource
{
    public float* X;

    public static bool Computed => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e, int n) => Lanes.LoadUpTo(X + e, n);
}

/// <summary>x + added.</summary>
internal unsafe struct ResidualRows : IRowSource
{
    public float* X, Added;

    public static bool Computed => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e, int n) => Lanes.LoadUpTo(Added + e, n) + Lanes.LoadUpTo(X + e, n);
}

/// <summary>x + added/(1 - p) where the mask keeps it.</summary>
internal unsafe struct DroppedRows : IRowSource
{
    public float* X, Added, Mask;
    public float Factor;

    public static bool Computed => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e, int n) =>
        ((Lanes.LoadUpTo(Added + e, n) * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, e)) + Lanes.LoadUpTo(X + e, n);
}

/// <summary>The norm of rows from a source; four rows side by side, because one would wait for its own sums most of the time.</summary>
internal unsafe struct LayerNormRows<TSource> : IRangeBody where TSource : struct, IRowSource
{
    public TSource Source;
    public float* Sum, Gamma, Beta, Y, Mean, Rstd;
    public int D;
    public float Eps;

    public readonly void Run(int start, int end)
    {
        int r = start;
        for (; r <= end - 4; r += 4) Four(r);
        for (; r < end; r++) One(r);
    }

    private readonly void Four(long r)
    {
        int D = this.D;
        var source = Source;
        float* s = Sum + r * D;
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            int n = D - i;
            long e = r * D + i;
            var (v, w, x, y) = (source.At(e, n), source.At(e + D, n), source.At(e + 2L * D, n), source.At(e + 3L * D, n));
            if (TSource.Computed)
            {
                Lanes.StoreUpTo(v, s + i, n);
                Lanes.StoreUpTo(w, s + i + D, n);
                Lanes.StoreUpTo(x, s + i + 2L * D, n);
                Lanes.StoreUpTo(y, s + i + 3L * D, n);
            }
            (a, b, c, d) = (a + v, b + w, c + x, d + y);
        }
        Vector512<float> ma = MeanOf(r, a), mb = MeanOf(r + 1, b), mc = MeanOf(r + 2, c), md = MeanOf(r + 3, d);
        (a, b, c, d) = (default, default, default, default);
        for (int i = 0; i < D; i += Lanes.Width)
        {
            int n = D - i;
            a = Distance(s + i, ma, n, a);
            b = Distance(s + i + D, mb, n, b);
            c = Distance(s + i + 2L * D, mc, n, c);
            d = Distance(s + i + 3L * D, md, n, d);
        }
        (a, b, c, d) = (InverseDeviation(r, a), InverseDeviation(r + 1, b), InverseDeviation(r + 2, c), InverseDeviation(r + 3, d));
        float* to = Y + r * D, gamma = Gamma, beta = Beta;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            int n = D - i;
            Vector512<float> g = Lanes.LoadUpTo(gamma + i, n), h = Lanes.LoadUpTo(beta + i, n);
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i, n) - ma) * a, g, h), to + i, n);
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i + D, n) - mb) * b, g, h), to + i + D, n);
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i + 2L * D, n) - mc) * c, g, h), to + i + 2L * D, n);
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i + 3L * D, n) - md) * d, g, h), to + i + 3L * D, n);
        }
    }

    private readonly void One(long r)
    {
        float* s = Sum + r * D;
        Vector512<float> a = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            var v = Source.At(r * D + i, D - i);
            if (TSource.Computed) Lanes.StoreUpTo(v, s + i, D - i);
            a += v;
        }
        var m = MeanOf(r, a);
        a = default;
        for (int i = 0; i < D; i += Lanes.Width) a = Distance(s + i, m, D - i, a);
        a = InverseDeviation(r, a);
        for (int i = 0; i < D; i += Lanes.Width)
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i, D - i) - m) * a, Lanes.LoadUpTo(Gamma + i, D - i), Lanes.LoadUpTo(Beta + i, D - i)), Y + r * D + i, D - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector512<float> MeanOf(long r, Vector512<float> sum) => Lanes.Set(Mean[r] = Lanes.Fold(sum) / D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Vector512<float> InverseDeviation(long r, Vector512<float> squares) => Lanes.Set(Rstd[r] = 1f / MathF.Sqrt(Lanes.Fold(squares) / D + Eps));

    /// <summary>total + (x - mean)², nothing for lanes behind the end of the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Distance(float* x, Vector512<float> mean, int n, Vector512<float> total)
    {
        var d = Lanes.LoadUpTo(x, n) - mean;
        if (n < Lanes.Width) d &= Lanes.Mask(n);
        return Lanes.Fma(d, d, total);
    }
}
