using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Elementary functions over sixteen lanes, a few units in the last place from the exact value. Only +, ·, /, fused
/// multiply-add and integer shifts are used, all exactly rounded, so the bits are the same on every machine.
/// </summary>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts; the first has few bits, so n·Ln2High is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // 1.5·2^23: adding it to |z| < 2^22 rounds z to an integer, which is then the low bits of the sum.
    private const float Rounder = 12582912f;

    /// <summary>e^x. Negative infinity gives 0, overflow gives infinity, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // Outside these bounds the result is 0 or infinity in float32; inside, 2^(n/2) is always representable.
        // The bound stands first because a native minimum hands on its second operand when that is NaN.
        x = Vector512.MinNative(Lanes.Set(89f), Vector512.MaxNative(Lanes.Set(-104f), x));
        Reduce(x, out var p, out var n);
        var half = Vector512.ShiftRightArithmetic(n, 1);
        return (p + Lanes.Set(1f)) * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>
    /// e^x for x up to 88 in fewer steps: what is below 2^-126 becomes 0. NaN stays NaN. For terms of a sum whose largest is 1, where nothing so small counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpNormal(V x)
    {
        Reduce(Vector512.MaxNative(Lanes.Set(-88f), x), out var p, out var n); // -88 has n = -127, and PowerOfTwo(-127) is 0
        var power = PowerOfTwo(n);
        return Lanes.Fma(p, power, power);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x) => Lanes.Set(1f) / (Lanes.Set(1f) + Exp(-x));

    /// <summary>tanh |x| = E / (E + 2) with E = e^(2|x|) - 1, which loses nothing near zero; the sign is put back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        var sign = x & Lanes.Set(-0f);
        var a = Vector512.Abs(x);
        a = Vector512.MinNative(Lanes.Set(10f), a);
        Reduce(a + a, out var p, out var n);
        var scale = PowerOfTwo(n);
        var e = Lanes.Fma(scale, p, scale - Lanes.Set(1f));
        return (e / (e + Lanes.Set(2f))) | sign;
    }

    /// <summary>
    /// erf x: below 1 an odd polynomial, x·P(x²); above, 1 - e^Q(|x|) with Q fitted to ln erfc on [1, 4] (both Chebyshev
    /// interpolants, errors under 1e-9); from 4 on it is 1 in float32.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf(V x)
    {
        var sign = x & Lanes.Set(-0f);
        var a = Vector512.Abs(x);
        var u = x * x;
        var p = Lanes.Set(-9.667045787864481e-06f);
        p = Lanes.Fma(p, u, Lanes.Set(0.00011265959395245773f));
        p = Lanes.Fma(p, u, Lanes.Set(-0.0008484080444901565f));
        p = Lanes.Fma(p, u, Lanes.Set(0.0052210318093735f));
        p = Lanes.Fma(p, u, Lanes.Set(-0.026865430727577078f));
        p = Lanes.Fma(p, u, Lanes.Set(0.11283782495218742f));
        p = Lanes.Fma(p, u, Lanes.Set(-0.37612638468025705f));
        p = Lanes.Fma(p, u, Lanes.Set(0.1283791670615422f));
        var near = Lanes.Fma(p, a, a); // 2/sqrt(pi) = 1 + 0.128..., the 1 kept exact

        var t = Vector512.MinNative(Lanes.Set(4f), a) - Lanes.Set(2.5f);
        var q = Lanes.Set(1.6371514135218746e-06f);
        q = Lanes.Fma(q, t, Lanes.Set(-1.3315014406589574e-05f));
        q = Lanes.Fma(q, t, Lanes.Set(7.729137616021692e-05f));
        q = Lanes.Fma(q, t, Lanes.Set(-0.0004201225235049339f));
        q = Lanes.Fma(q, t, Lanes.Set(0.002165303549151022f));
        q = Lanes.Fma(q, t, Lanes.Set(-0.010858541642938764f));
        q = Lanes.Fma(q, t, Lanes.Set(-0.9438937036106445f));
        q = Lanes.Fma(q, t, Lanes.Set(-5.352680674224472f));
        q = Lanes.Fma(q, t, Lanes.Set(-7.806815272727262f));
        var far = Lanes.Set(1f) - Exp(q);
        return Lanes.Select(Vector512.LessThan(a, Lanes.Set(1f)), near, far) | sign;
    }

    /// <summary>x = n·ln 2 + r with |r| at most ln 2 / 2; returns e^r - 1 (Taylor, degree 7: error below 6e-9) and n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Reduce(V x, out V p, out Vector512<int> exponent)
    {
        var rounded = Lanes.Fma(x, Lanes.Set(Log2E), Lanes.Set(Rounder));
        var n = rounded - Lanes.Set(Rounder);
        var r = Lanes.Fma(n, Lanes.Set(-Ln2High), x);
        r = Lanes.Fma(n, Lanes.Set(-Ln2Low), r);
        p = Lanes.Set(1f / 5040f);
        p = Lanes.Fma(p, r, Lanes.Set(1f / 720f));
        p = Lanes.Fma(p, r, Lanes.Set(1f / 120f));
        p = Lanes.Fma(p, r, Lanes.Set(1f / 24f));
        p = Lanes.Fma(p, r, Lanes.Set(1f / 6f));
        p = Lanes.Fma(p, r, Lanes.Set(0.5f));
        p = Lanes.Fma(p * r, r, r);
        exponent = rounded.AsInt32() - Lanes.Set(Rounder).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V PowerOfTwo(Vector512<int> n) => Vector512.ShiftLeft(n + Vector512.Create(127), 23).AsSingle();
}
