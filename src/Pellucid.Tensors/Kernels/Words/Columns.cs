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
