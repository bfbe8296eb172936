using System.Diagnostics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// How a thread waits for another that is about to finish: it spins for as long as that usually takes, and only then offers
/// its core to others. On a busy machine a core given away comes back a whole time slice later, milliseconds.
/// </summary>
internal struct Patience
{
    private static readonly long SpinTicks = Stopwatch.Frequency * 100 / 1_000_000;

    private long start;

    public readonly long Ticks => Stopwatch.GetTimestamp() - start;

    public static Patience Begin() => new() { start = Stopwatch.GetTimestamp() };

    public readonly void Wait()
    {
        if (Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            Thread.SpinWait(4);
        }
        else
        {
            Thread.Yield();
        }
    }
}
