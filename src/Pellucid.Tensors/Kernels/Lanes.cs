using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Sixteen virtual lanes, on every machine: the JIT lowers <see cref="Vector512{T}"/> to one AVX-512 register, two AVX2
/// registers, four 128-bit registers or scalars. Element i of a row always belongs to lane i % 16 and the lanes always
/// fold in the same tree, so every machine computes the same bits and appended neutral elements change nothing.
/// </summary>
internal static unsafe class Lanes
{
    public const int Width = 16;

    private static Vector512<int> Iota => Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    /// <summary>All bits set in lanes below <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Mask(int count) => Vector512.LessThan(Iota, Vector512.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* x) => Vector512.Load(x);

    /// <summary>The first <paramref name="count"/> (1..15) lanes from memory, zero in the others; reads nothing beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTail(float* x, int count)
    {
        if (Avx512F.IsSupported) return Avx512F.MaskLoad(x, Mask(count), Vector512<float>.Zero);
        return LoadTailBySteps(x, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTail(Vector512<float> v, float* y, int count)
    {
        if (Avx512F.IsSupported) Avx512F.MaskStore(y, Mask(count), v);
        else StoreTailBySteps(v, y, count);
    }

    /// <summary>Sixteen lanes, or what is left of a row: <paramref name="left"/> elements, at least 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadUpTo(float* x, int left) => left >= Width ? Load(x) : LoadTail(x, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpTo(Vector512<float> v, float* y, int left)
    {
        if (left >= Width) v.Store(y);
        else StoreTail(v, y, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Set(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Select(Vector512<float> mask, Vector512<float> yes, Vector512<float> no) => Vector512.ConditionalSelect(mask, yes, no);

    /// <summary>Larger of the two; a NaN in <paramref name="a"/> loses (callers meet it again when they use the values).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Larger(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    /// <summary>The fixed tree: i + (i+8), then + (i+4), then + (i+2), then + (i+1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector512<float> v)
    {
        var eight = v.GetLower() + v.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.ToScalar() + two.GetElement(1);
    }

    /// <summary>The same tree in double.</summary>
    public static double Fold(Vector512<double> lower, Vector512<double> upper)
    {
        var eight = lower + upper;
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldLarger(Vector512<float> v)
    {
        var eight = Vector256.MaxNative(v.GetLower(), v.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>Sum of a row of n elements.</summary>
    public static float Sum(float* x, int n)
    {
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i <= n - Width; i += Width) sum += Load(x + i);
        if (i < n) sum += LoadTail(x + i, n - i);
        return Fold(sum);
    }

    /// <summary>Maximum of a row; negative infinity when it is empty or holds nothing larger.</summary>
    public static float Max(float* x, int n)
    {
        var max = Set(float.NegativeInfinity);
        int i = 0;
        for (; i <= n - Width; i += Width) max = Larger(Load(x + i), max);
        if (i < n) max = Larger(Select(Mask(n - i), LoadTail(x + i, n - i), max), max);
        return FoldLarger(max);
    }

    /// <summary>Maximum and sum of a row in one pass. The sum has four times sixteen lanes, because one addition after the other would wait longer than the memory.</summary>
    public static (float Max, float Sum) MaxAndSum(float* x, int n)
    {
        Vector512<float> max0 = Set(float.NegativeInfinity), max1 = max0;
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int i = 0;
        for (; i <= n - 4 * Width; i += 4 * Width)
        {
            Vector512<float> a = Load(x + i), b = Load(x + i + 16), c = Load(x + i + 32), d = Load(x + i + 48);
            (sum0, sum1, sum2, sum3) = (sum0 + a, sum1 + b, sum2 + c, sum3 + d);
            max0 = Larger(c, Larger(a, max0));
            max1 = Larger(d, Larger(b, max1));
        }
        for (; i <= n - Width; i += Width)
        {
            var v = Load(x + i);
            sum0 += v;
            max0 = Larger(v, max0);
        }
        if (i < n)
        {
            var v = LoadTail(x + i, n - i);
            sum0 += v;
            max0 = Larger(Select(Mask(n - i), v, max0), max0);
        }
        return (FoldLarger(Larger(max0, max1)), Fold((sum0 + sum1) + (sum2 + sum3)));
    }

    /// <summary>Asks for the cache line at x before it is needed; any address will do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* x)
    {
        if (Sse.IsSupported) Sse.Prefetch1(x);
    }

    /// <summary>Sum of a[i]·b[i].</summary>
    public static float Dot(float* a, float* b, int n)
    {
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i <= n - Width; i += Width) sum = Fma(Load(a + i), Load(b + i), sum);
        if (i < n) sum = Fma(LoadTail(a + i, n - i), LoadTail(b + i, n - i), sum);
        return Fold(sum);
    }

    /// <summary>y = y·factor in place.</summary>
    public static void Scale(float* y, int n, float factor)
    {
        var f = Set(factor);
        int i = 0;
        for (; i <= n - Width; i += Width) (Load(y + i) * f).Store(y + i);
        if (i < n) StoreTail(LoadTail(y + i, n - i) * f, y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadTailBySteps(float* x, int count)
    {
        float* padded = stackalloc float[Width];
        for (int i = 0; i < Width; i++) padded[i] = i < count ? x[i] : 0f;
        return Vector512.Load(padded);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTailBySteps(Vector512<float> v, float* y, int count)
    {
        float* padded = stackalloc float[Width];
        v.Store(padded);
        for (int i = 0; i < count; i++) y[i] = padded[i];
    }
}
