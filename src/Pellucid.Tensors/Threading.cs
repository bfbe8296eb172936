using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors;

/// <summary>How many threads the kernels use. Results do not depend on it, bit for bit; only the time does.</summary>
public static class Threading
{
    /// <summary>
    /// Threads used by one kernel, the caller's included; 1 runs everything on the caller.
    /// By default what the processor affinity and the container quota allow, or the environment variable PELLUCID_THREADS.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in 1..256.</exception>
    public static int Count
    {
        get => WorkerPool.Threads;
        set => WorkerPool.Threads = value;
    }
}
