using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Where the rows of a norm come from.</summary>
internal unsafe interface IRowSource
{
    /// <summary>False when the rows already lie in memory as they are.</summary>
    static abstract bool Computed { get; }

    /// <summary>Elements e .. e + 15 of the matrix.</summary>
    Vector512<float> At(long e);

    /// <summary>The same where the row has only n left.</summary>
    Vector512<float> Tail(long e, int n);
}

/// <summary>x itself.</summary>
internal unsafe struct PlainRows : IRowSource
{
    public float* X;

    public static bool Computed => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e) => Lanes.Load(X + e);

    public readonly Vector512<float> Tail(long e, int n) => Lanes.LoadTail(X + e, n);
}

/// <summary>x + added.</summary>
internal unsafe struct ResidualRows : IRowSource
{
    public float* X, Added;

    public static bool Computed => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e) => Lanes.Load(Added + e) + Lanes.Load(X + e);

    public readonly Vector512<float> Tail(long e, int n) => Lanes.LoadTail(Added + e, n) + Lanes.LoadTail(X + e, n);
}

/// <summary>x + added/(1 - p) where the mask keeps it.</summary>
internal unsafe struct DroppedRows : IRowSource
{
    public float* X, Added, Mask;
    public float Factor;

    public static bool Computed => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector512<float> At(long e) => ((Lanes.Load(Added + e) * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, e)) + Lanes.Load(X + e);

    public readonly Vector512<float> Tail(long e, int n) =>
        ((Lanes.LoadTail(Added + e, n) * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, e)) + Lanes.LoadTail(X + e, n);
}

/// <summary>The norm of rows from a source; four rows of whole vectors side by side, because one would wait for its own sums most of the time.</summary>
internal unsafe struct LayerNormRows<TSource> : IRangeBody where TSource : struct, IRowSource
{
    public TSource Source;
    public float* Sum, Gamma, Beta, Y, Mean, Rstd, Variance;
    public int D;
    public float Eps;

    public readonly void Run(int start, int end)
    {
        int r = start;
        if (D % Lanes.Width == 0)
            for (; r <= end - 4; r += 4) Four(r);
        for (; r < end; r++) One(r);
    }

    private readonly void Four(long r)
    {
        int D = this.D;
        var source = Source;
        float* s = Sum + r * D, t = s + D, u = t + D, v = u + D;
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            long e = r * D + i;
            var ea = source.At(e);
            var eb = source.At(e + D);
            var ec = source.At(e + 2L * D);
            var ed = source.At(e + 3L * D);
            if (TSource.Computed)
            {
                ea.Store(s + i);
                eb.Store(t + i);
                ec.Store(u + i);
                ed.Store(v + i);
            }
            a += ea;
            b += eb;
            c += ec;
            d += ed;
        }
        Vector512<float> ma = MeanOf(r, a), mb = MeanOf(r + 1, b), mc = MeanOf(r + 2, c), md = MeanOf(r + 3, d);
        a = b = c = d = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            Vector512<float> ea = Lanes.Load(s + i) - ma, eb = Lanes.Load(t + i) - mb, ec = Lanes.Load(u + i) - mc, ed = Lanes.Load(v + i) - md;
            a = Lanes.Fma(ea, ea, a);
            b = Lanes.Fma(eb, eb, b);
            c = Lanes.Fma(ec, ec, c);
            d = Lanes.Fma(ed, ed, d);
        }
        a = InverseDeviation(r, a);
        b = InverseDeviation(r + 1, b);
        c = InverseDeviation(r + 2, c);
        d = InverseDeviation(r + 3, d);
        float* y = Y + r * D, gamma = Gamma, beta = Beta;
        for (int i = 0; i < D; i += Lanes.Width, y += Lanes.Width)
        {
            Vector512<float> g = Lanes.Load(gamma + i), h = Lanes.Load(beta + i);
            Lanes.Fma((Lanes.Load(s + i) - ma) * a, g, h).Store(y);
            Lanes.Fma((Lanes.Load(t + i) - mb) * b, g, h).Store(y + D);
            Lanes.Fma((Lanes.Load(u + i) - mc) * c, g, h).Store(y + 2L * D);
            Lanes.Fma((Lanes.Load(v + i) - md) * d, g, h).Store(y + 3L * D);
        }
    }

    private readonly void One(long r)
    {
        float* s = Sum + r * D;
        Vector512<float> a = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            var v = D - i >= Lanes.Width ? Source.At(r * D + i) : Source.Tail(r * D + i, D - i);
            if (TSource.Computed) Lanes.StoreUpTo(v, s + i, D - i);
            a += v;
        }
        var m = MeanOf(r, a);
        a = default;
        for (int i = 0; i < D; i += Lanes.Width)
        {
            var d = Lanes.LoadUpTo(s + i, D - i) - m;
            if (D - i < Lanes.Width) d &= Lanes.Mask(D - i);
            a = Lanes.Fma(d, d, a);
        }
        a = InverseDeviation(r, a);
        for (int i = 0; i < D; i += Lanes.Width)
            Lanes.StoreUpTo(Lanes.Fma((Lanes.LoadUpTo(s + i, D - i) - m) * a, Lanes.LoadUpTo(Gamma + i, D - i), Lanes.LoadUpTo(Beta + i, D - i)), Y + r * D + i, D - i);
    }

    private readonly Vector512<float> MeanOf(long r, Vector512<float> sum) => Lanes.Set(Mean[r] = Lanes.Fold(sum) / D);

    private readonly Vector512<float> InverseDeviation(long r, Vector512<float> squares)
    {
        float variance = Lanes.Fold(squares) / D;
        if (Variance != null) Variance[r] = variance;
        return Lanes.Set(Rstd[r] = 1f / MathF.Sqrt(variance + Eps));
    }
}
