using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Activations with their derivatives beside them. Backward passes read the input x, except tanh and sigmoid, whose
/// derivative is shorter in the output y.
/// </summary>
internal static class Activations
{
    public static void Relu(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(ReluFunction));
    public static void ReluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(x, dy, dx, default(ReluGradient), accumulate);

    /// <summary>x·Φ(x), Φ by erf (Hendrycks and Gimpel 2016).</summary>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(GeluFunction));
    public static void GeluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(x, dy, dx, default(GeluGradient), accumulate);

    /// <summary>x/2·(1 + tanh(sqrt(2/π)(x + 0.044715x³))), the form GPT-2 and BERT's first code used.</summary>
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(GeluTanhFunction));
    public static void GeluTanhBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(x, dy, dx, default(GeluTanhGradient), accumulate);

    /// <summary>x·σ(x).</summary>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(SiluFunction));
    public static void SiluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(x, dy, dx, default(SiluGradient), accumulate);

    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(TanhFunction));
    public static void TanhBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(y, dy, dx, default(TanhGradient), accumulate);

    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(x, y, default(SigmoidFunction));
    public static void SigmoidBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, bool accumulate) => Pass.Run(y, dy, dx, default(SigmoidGradient), accumulate);

    private static V One => V.One;

    internal struct ReluFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // a NaN passes through instead of vanishing
        public readonly V Invoke(V x, V _) => Lanes.Select(Vector512.LessThan(x, V.Zero), V.Zero, x);
    }

    internal struct ReluGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V dy) => Lanes.Select(Vector512.LessThanOrEqual(x, V.Zero), V.Zero, dy);
    }

    private const float InverseRoot2 = 0.70710678f;
    private const float InverseRoot2Pi = 0.39894228f;

    internal struct GeluFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V _) => x * Phi(x);
    }

    internal struct GeluGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // Φ(x) + x·φ(x)
        public readonly V Invoke(V x, V dy) => dy * Lanes.Fma(x, Lanes.Set(InverseRoot2Pi) * VectorMath.Exp(Lanes.Set(-0.5f) * x * x), Phi(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Phi(V x) => Lanes.Fma(VectorMath.Erf(x * Lanes.Set(InverseRoot2)), Lanes.Set(0.5f), Lanes.Set(0.5f));

    private const float RootTwoOverPi = 0.79788456f;
    private const float Cubic = 0.044715f;

    internal struct GeluTanhFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V _)
        {
            var t = VectorMath.Tanh(Inner(x));
            return Lanes.Set(0.5f) * x * (t + One);
        }
    }

    internal struct GeluTanhGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // (1 + t)/2 + x/2·(1 - t²)·u'
        public readonly V Invoke(V x, V dy)
        {
            var t = VectorMath.Tanh(Inner(x));
            var slope = Lanes.Set(RootTwoOverPi) * Lanes.Fma(Lanes.Set(3f * Cubic) * x, x, One);
            return dy * Lanes.Set(0.5f) * Lanes.Fma(x * slope, Lanes.Fma(-t, t, One), t + One);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inner(V x) => Lanes.Set(RootTwoOverPi) * Lanes.Fma(Lanes.Set(Cubic) * x * x, x, x);

    internal struct SiluFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V _) => x * VectorMath.Sigmoid(x);
    }

    internal struct SiluGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // σ(1 + x(1 - σ))
        public readonly V Invoke(V x, V dy)
        {
            var s = VectorMath.Sigmoid(x);
            return dy * s * Lanes.Fma(x, One - s, One);
        }
    }

    internal struct TanhFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V _) => VectorMath.Tanh(x);
    }

    internal struct TanhGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // 1 - y²
        public readonly V Invoke(V y, V dy) => dy * Lanes.Fma(-y, y, One);
    }

    internal struct SigmoidFunction : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V x, V _) => VectorMath.Sigmoid(x);
    }

    internal struct SigmoidGradient : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // y(1 - y)
        public readonly V Invoke(V y, V dy) => dy * y * (One - y);
    }
}
