using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The four vector operations of the micro-kernel, so that it is written once for every width. Each lane is one column of
/// C and every operation rounds each lane on its own; hence all widths give the same bits.
/// </summary>
internal unsafe interface ILanes<TVector> where TVector : struct
{
    static abstract int Count { get; }

    /// <summary>Rows of C that fit the register file beside two vectors of B: 2 * Rows accumulators.</summary>
    static abstract int Rows { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    /// <summary>The first <paramref name="count"/> lanes, fewer than all; nothing behind them is touched.</summary>
    static abstract TVector LoadPart(float* source, int count);

    static abstract void StorePart(TVector value, float* destination, int count);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector x, TVector y);

    /// <summary>x * y + z with one rounding.</summary>
    static abstract TVector Fma(TVector x, TVector y, TVector z);
}

internal unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => 16;
    public static int Rows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* destination) => value.Store(destination);

    public static Vector512<float> LoadPart(float* source, int count) => Avx512F.IsSupported
        ? Avx512F.MaskLoad(source, Mask(count), Vector512<float>.Zero)
        : LanePart.Load<Lanes512, Vector512<float>>(source, count);

    public static void StorePart(Vector512<float> value, float* destination, int count)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(destination, Mask(count), value);
        }
        else
        {
            LanePart.Store<Lanes512, Vector512<float>>(value, destination, count);
        }
    }

    private static Vector512<float> Mask(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fma(Vector512<float> x, Vector512<float> y, Vector512<float> z) => Vector512.FusedMultiplyAdd(x, y, z);
}

internal unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;
    public static int Rows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    public static Vector256<float> LoadPart(float* source, int count) => Avx.IsSupported
        ? Avx.MaskLoad(source, Mask(count))
        : LanePart.Load<Lanes256, Vector256<float>>(source, count);

    public static void StorePart(Vector256<float> value, float* destination, int count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(destination, Mask(count), value);
        }
        else
        {
            LanePart.Store<Lanes256, Vector256<float>>(value, destination, count);
        }
    }

    private static Vector256<float> Mask(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> x, Vector256<float> y, Vector256<float> z) => Vector256.FusedMultiplyAdd(x, y, z);
}

internal unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;
    public static int Rows => AdvSimd.IsSupported ? 12 : 6; // 32 registers on Arm, 16 on x86

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    public static Vector128<float> LoadPart(float* source, int count) => LanePart.Load<Lanes128, Vector128<float>>(source, count);

    public static void StorePart(Vector128<float> value, float* destination, int count) =>
        LanePart.Store<Lanes128, Vector128<float>>(value, destination, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fma(Vector128<float> x, Vector128<float> y, Vector128<float> z) => Vector128.FusedMultiplyAdd(x, y, z);
}

/// <summary>One column at a time: for machines without a fused multiply-add in their vectors.</summary>
internal unsafe struct LanesScalar : ILanes<float>
{
    public static int Count => 1;
    public static int Rows => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, float* destination) => *destination = value;

    public static float LoadPart(float* source, int count) => *source;

    public static void StorePart(float value, float* destination, int count) => *destination = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Broadcast(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float x, float y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fma(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);
}

/// <summary>Part of a vector by way of memory, where there is no instruction for it.</summary>
internal static unsafe class LanePart
{
    private const int MaxLanes = 16;

    public static TVector Load<TLanes, TVector>(float* source, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var lanes = stackalloc float[MaxLanes];
        for (var i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return TLanes.Load(lanes);
    }

    public static void Store<TLanes, TVector>(TVector value, float* destination, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var lanes = stackalloc float[MaxLanes];
        TLanes.Store(value, lanes);
        for (var i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }
}
