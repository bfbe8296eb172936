using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// What this machine can do at most, measured: the rate of fused multiply-adds that never leave the registers, and the rate at which
/// memory far larger than the last-level cache can be read. Every speed of a kernel is a share of one of the two.
/// </summary>
internal static unsafe class Machine
{
    /// <summary>The widest vectors that the kernels use here.</summary>
    public static string Vectors =>
        HasLanes512 ? "AVX-512" : HasLanes256 ? "AVX2" : HasLanes128 ? "128-bit" : "no vectors";

    public static bool HasLanes512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    private static bool HasLanes256 => Avx2.IsSupported && Fma.IsSupported;

    private static bool HasLanes128 => Fma.IsSupported || AdvSimd.IsSupported;

    /// <summary>Floating-point operations per second, float32, of this many threads at once; a fused multiply-add counts as two.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one thread.</exception>
    public static double MultiplyAddRate(int threads, TimeSpan duration) => TogetherRate(threads, _ => Repeat(duration, () =>
        HasLanes512 ? MachineLoops<Lanes512, Vector512<float>>.MultiplyAdd()
        : HasLanes256 ? MachineLoops<Lanes256, Vector256<float>>.MultiplyAdd()
        : HasLanes128 ? MachineLoops<Lanes128, Vector128<float>>.MultiplyAdd()
        : MachineLoops<LanesScalar, float>.MultiplyAdd()));

    /// <summary>Bytes per second that this many threads read at once, each streaming through its own part of the buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one thread, or a buffer without a block for each.</exception>
    public static double ReadRate(int threads, ReadBuffer buffer, TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var blocks = buffer.Blocks / threads;
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1, nameof(buffer));
        return TogetherRate(threads, thread =>
        {
            var next = 0L;
            return Repeat(duration, () =>
            {
                var block = buffer.Block(thread * blocks + next++ % blocks);
                return HasLanes512 ? MachineLoops<Lanes512, Vector512<float>>.Read(block)
                    : HasLanes256 ? MachineLoops<Lanes256, Vector256<float>>.Read(block)
                    : HasLanes128 ? MachineLoops<Lanes128, Vector128<float>>.Read(block)
                    : MachineLoops<LanesScalar, float>.Read(block);
            });
        });
    }

    /// <summary>Work per second of one thread: calls until the time is over, each of which returns how much it did.</summary>
    private static double Repeat(TimeSpan duration, Func<double> work)
    {
        var (done, start) = (0.0, Stopwatch.GetTimestamp());
        TimeSpan elapsed;
        do
        {
            done += work();
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < duration);
        return done / elapsed.TotalSeconds;
    }

    /// <summary>The sum of what threads of their own reach that begin together; the kernels' team gives no thread a fixed part.</summary>
    private static double TogetherRate(int threads, Func<int, double> rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var rates = new double[threads];
        using var start = new Barrier(threads);
        var others = new Thread[threads - 1];
        for (var i = 0; i < others.Length; i++)
        {
            var thread = i + 1;
            others[i] = new Thread(() => Run(thread)) { IsBackground = true };
            others[i].Start();
        }

        Run(0);
        foreach (var other in others)
        {
            other.Join();
        }

        return rates.Sum();

        void Run(int thread)
        {
            start.SignalAndWait();
            rates[thread] = rate(thread);
        }
    }
}

/// <summary>
/// Memory to read from: so much more than the last-level cache that a second pass finds next to nothing of the first there, also where a virtual machine
/// tells less than it has. Written once, because pages that were never written are all the same page of zeros. Outside the managed heap, so that it is
/// gone at once when disposed.
/// </summary>
internal sealed unsafe class ReadBuffer : IDisposable
{
    /// <summary>What one call of the loop reads: microseconds, short beside any measurement.</summary>
    public const int BlockBytes = 256 * 1024;

    private const long CacheElsewhere = 64L << 20;
    private byte* memory;

    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public ReadBuffer()
    {
        Bytes = BeyondCaches() / BlockBytes * BlockBytes;
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        NativeMemory.Fill(memory, (nuint)Bytes, 0);
    }

    ~ReadBuffer() => Free();

    public long Bytes { get; }

    public long Blocks => Bytes / BlockBytes;

    public float* Block(long index)
    {
        ObjectDisposedException.ThrowIf(memory is null, this);
        return (float*)(memory + index * BlockBytes);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Bytes that no cache holds a part worth mentioning of: sixteen times the last level, from 256 MiB to 1 GiB.</summary>
    internal static long BeyondCaches() => Math.Clamp(16 * LastLevelCacheBytes(), 256L << 20, 1L << 30);

    /// <summary>As Linux tells it; 64 MiB elsewhere, more than most cores have to themselves.</summary>
    internal static long LastLevelCacheBytes()
    {
        const string File = "/sys/devices/system/cpu/cpu0/cache/index3/size";
        try
        {
            var text = System.IO.File.ReadAllText(File).Trim();
            if (text.EndsWith('K') && long.TryParse(text[..^1], out var kibibytes) && kibibytes is > 0 and < 1 << 24)
            {
                return kibibytes << 10;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or a container that hides it.
        }

        return CacheElsewhere;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}

/// <summary>The two loops, written once for every width of vector.</summary>
internal static unsafe class MachineLoops<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Rounds = 1000;
    private const int Chains = 12; // latency 4 times 2 units a cycle asks for 8; with two constants 14 of 16 registers

    /// <summary>Where results end: what is never used would not be computed.</summary>
    internal static float Sink { get; private set; }

    /// <summary>x = x m + a in independent chains of registers; returns the floating-point operations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // from the first call on: a limit is asked for before anything is warm
    public static double MultiplyAdd()
    {
        var (m, a) = (TLanes.Broadcast(0.999f), TLanes.Broadcast(0.001f)); // towards 1: neither overflow nor subnormal numbers
        TVector x0 = a, x1 = a, x2 = a, x3 = a, x4 = a, x5 = a, x6 = a, x7 = a, x8 = a, x9 = a, x10 = a, x11 = a;
        for (var round = 0; round < Rounds; round++)
        {
            x0 = TLanes.Fma(x0, m, a);
            x1 = TLanes.Fma(x1, m, a);
            x2 = TLanes.Fma(x2, m, a);
            x3 = TLanes.Fma(x3, m, a);
            x4 = TLanes.Fma(x4, m, a);
            x5 = TLanes.Fma(x5, m, a);
            x6 = TLanes.Fma(x6, m, a);
            x7 = TLanes.Fma(x7, m, a);
            x8 = TLanes.Fma(x8, m, a);
            x9 = TLanes.Fma(x9, m, a);
            x10 = TLanes.Fma(x10, m, a);
            x11 = TLanes.Fma(x11, m, a);
        }

        Use(Sum(Sum(x0, x1, x2, x3), Sum(x4, x5, x6, x7), x8, Sum(x9, x10, x11, a)));
        return 2.0 * TLanes.Count * Chains * Rounds;
    }

    /// <summary>
    /// Reads one block of a <see cref="ReadBuffer"/> as four streams, a quarter each, which keeps more lines on their way than one; returns its bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Read(float* block)
    {
        const int Quarter = ReadBuffer.BlockBytes / sizeof(float) / 4;
        var zero = TLanes.Broadcast(0);
        TVector x0 = zero, x1 = zero, x2 = zero, x3 = zero;
        for (var i = 0; i < Quarter; i += TLanes.Count)
        {
            x0 = TLanes.Add(x0, TLanes.Load(block + i));
            x1 = TLanes.Add(x1, TLanes.Load(block + i + Quarter));
            x2 = TLanes.Add(x2, TLanes.Load(block + i + 2 * Quarter));
            x3 = TLanes.Add(x3, TLanes.Load(block + i + 3 * Quarter));
        }

        Use(Sum(x0, x1, x2, x3));
        return ReadBuffer.BlockBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum(TVector x, TVector y, TVector z, TVector w) => TLanes.Add(TLanes.Add(x, y), TLanes.Add(z, w));

    // Called once with one vector: more of them, alive across a call, would be kept in memory instead of registers.
    private static void Use(TVector value)
    {
        var lanes = stackalloc float[16];
        TLanes.Store(value, lanes);
        Sink = lanes[0];
    }
}
