using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>Columns of a row, sixteen or the eight that may be left at its end.</summary>
internal unsafe interface IColumns
{
    static abstract Vector512<float> Load(float* x);

    static abstract void Store(Vector512<float> v, float* y);
}

internal readonly unsafe struct Whole : IColumns
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* x) => Vector512.Load(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> v, float* y) => v.Store(y);
}

/// <summary>The upper eight lanes are zero.</summary>
internal readonly unsafe struct Half : IColumns
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* x) => Vector512.Create(Vector256.Load(x), Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> v, float* y) => v.GetLower().Store(y);
}

/// <summary>Sums of rows whose length is a multiple of eight.</summary>
internal static unsafe class RowMath
{
    /// <summary>y += x.</summary>
    public static void Add(float* x, float* y, int n)
    {
        int i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width) (Lanes.Load(y + i) + Lanes.Load(x + i)).Store(y + i);
        if (i < n) Half.Store(Half.Load(y + i) + Half.Load(x + i), y + i);
    }

    /// <summary>y += a·x.</summary>
    public static void AddScaled(float a, float* x, float* y, int n)
    {
        var v = Lanes.Set(a);
        int i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width) Lanes.Fma(v, Lanes.Load(x + i), Lanes.Load(y + i)).Store(y + i);
        if (i < n) Half.Store(Lanes.Fma(v, Half.Load(x + i), Half.Load(y + i)), y + i);
    }
}
