using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// One row of scores on its way to weights. Rows are scratch that ends in whole vectors: behind the last visible key
/// they hold minus infinity, then zeros, which change no sum.
/// </summary>
internal static unsafe class AttentionRow
{
    /// <summary>x = factor·x up to <paramref name="end"/>, minus infinity behind it and where not visible; returns the maximum.</summary>
    public static float Mask(float* x, int end, float factor, byte* visible)
    {
        var f = Lanes.Set(factor);
        var max = Lanes.Set(float.NegativeInfinity);
        int s = 0;
        for (; s <= end - Lanes.Width; s += Lanes.Width)
        {
            var v = Lanes.Load(x + s) * f;
            v.Store(x + s);
            max = Lanes.Larger(v, max);
        }
        if (s < end)
        {
            var v = Lanes.Select(Lanes.Mask(end - s), Lanes.Load(x + s) * f, Lanes.Set(float.NegativeInfinity));
            v.Store(x + s);
            max = Lanes.Larger(v, max);
        }
        if (visible == null) return Lanes.FoldLarger(max);
        for (s = 0; s < end; s++)
            if (visible[s] == 0) x[s] = float.NegativeInfinity;
        return Lanes.Max(x, end);
    }

    /// <summary>x = e^(x - maximum) / Σ in place; returns 1 / Σ. A row that sees nothing becomes zeros, or NaN where a score was.</summary>
    public static float Normalize(float* x, int end, ref float maximum)
    {
        if (maximum == float.NegativeInfinity)
        {
            float nothing = float.IsNaN(Lanes.Sum(x, end)) ? float.NaN : 0f;
            new Span<float>(x, Whole(end)).Fill(nothing);
            maximum = 0;
            return nothing;
        }
        var m = Lanes.Set(maximum);
        var sum = Vector512<float>.Zero;
        for (int s = 0; s < end; s += Lanes.Width)
        {
            var e = VectorMath.Exp(Lanes.Load(x + s) - m);
            sum += e;
            e.Store(x + s);
        }
        float inverse = 1f / Lanes.Fold(sum);
        Scale(x, end, inverse);
        return inverse;
    }

    /// <summary>n rounded up to whole vectors.</summary>
    public static int Whole(int n) => (n + Lanes.Width - 1) / Lanes.Width * Lanes.Width;

    private static void Scale(float* x, int end, float factor)
    {
        var f = Lanes.Set(factor);
        for (int s = 0; s < end; s += Lanes.Width) (Lanes.Load(x + s) * f).Store(x + s);
    }
}
