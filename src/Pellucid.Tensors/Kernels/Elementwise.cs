using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>Arithmetic between arrays of one length; destinations may alias inputs.</summary>
internal static class Elementwise
{
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Pass.Run(a, b, y, default(Sum));

    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Pass.Run(a, b, y, default(Difference));

    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y, bool accumulate = false) => Pass.Run(a, b, y, default(Product), accumulate);

    /// <summary>y = factor·x (or y += factor·x).</summary>
    public static void Scale(ReadOnlySpan<float> x, float factor, Span<float> y, bool accumulate = false)
    {
        if (accumulate) AddScaled(y, x, factor, y);
        else Pass.Run(x, y, new Scaled { Factor = factor });
    }

    /// <summary>y = a + factor·b, fused.</summary>
    public static void AddScaled(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float factor, Span<float> y) => Pass.Run(a, b, y, new ScaledSum { Factor = factor });

    /// <summary>y += x.</summary>
    public static void AddInto(ReadOnlySpan<float> x, Span<float> y) => Pass.Run(y, x, y, default(Sum));

    internal struct Sum : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => a + b;
    }

    internal struct Difference : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => a - b;
    }

    internal struct Product : IElementFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => a * b;
    }

    internal struct Scaled : IElementFunction
    {
        public float Factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V _) => a * Lanes.Set(Factor);
    }

    internal struct ScaledSum : IElementFunction
    {
        public float Factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly V Invoke(V a, V b) => Lanes.Fma(b, Lanes.Set(Factor), a);
    }
}
