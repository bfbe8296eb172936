using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>A piece of work cut into independent chunks. A struct, so that the JIT specialises the loop and nothing is allocated.</summary>
internal interface IWork
{
    void Run(int chunk);
}

/// <summary>
/// One process-wide team of background threads. A dispatch costs microseconds: chunks are handed out by an atomic counter
/// to the caller and to whichever workers are awake; a worker that comes too late is not waited for.
/// </summary>
internal static class WorkerPool
{
    private const int MaxThreads = 256;
    private const string Variable = "PELLUCID_THREADS";

    private static readonly Lock Growing = new();
    private static readonly Worker?[] Workers = new Worker?[MaxThreads];
    private static int threads = DefaultThreads();

    // One job at a time: `busy` is the caller's claim, `open` lets workers in, `inside` counts those who are.
    private static int busy;
    private static volatile Job? open;
    private static int inside;
    private static volatile int epoch;

    /// <summary>Threads used, the caller's included. Environment.ProcessorCount honours affinity and container quota.</summary>
    public static int Threads
    {
        get => Volatile.Read(ref threads) is > 0 and var count ? count : throw new InvalidOperationException(
            $"{Variable} is '{Environment.GetEnvironmentVariable(Variable)}'; a whole number from 1 to {MaxThreads} is wanted, or nothing at all.");
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxThreads);
            Volatile.Write(ref threads, value);
        }
    }

    /// <summary>
    /// Runs work.Run(chunk) once for every chunk in 0..chunks-1 and returns when all are done. Which thread runs a chunk is
    /// not fixed, so a chunk must not depend on another. A call from inside a chunk, or while another thread's job is
    /// running, runs inline on its own thread. The first exception stops the handing out and is rethrown to the caller.
    /// </summary>
    public static void Run<TWork>(int chunks, TWork work) where TWork : struct, IWork
    {
        var helpers = Math.Min(Threads, chunks) - 1;
        if (helpers <= 0 || Interlocked.CompareExchange(ref busy, 1, 0) != 0)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                work.Run(chunk);
            }

            return;
        }

        var job = Job<TWork>.Instance;
        Exception? failure;
        try
        {
            job.Prepare(chunks, helpers, work);
            open = job;
            Wake(helpers);
            job.RunChunks();
        }
        finally
        {
            // A full fence between closing the door and counting who is inside; Enter does the two in the opposite order.
            Interlocked.Exchange(ref open, null);
            var patience = Patience.Begin();
            while (Volatile.Read(ref inside) != 0)
            {
                patience.Wait();
            }

            failure = job.Finish();
            Volatile.Write(ref busy, 0);
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>0 for a variable that makes no sense: a setting is never silently ignored, and a static constructor is no place to say so.</summary>
    private static int DefaultThreads()
    {
        var asked = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(asked) ? Math.Min(Environment.ProcessorCount, MaxThreads)
            : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaxThreads ? count
            : 0;
    }

    private static void Wake(int helpers)
    {
        Interlocked.Increment(ref epoch);
        for (var i = 0; i < helpers; i++)
        {
            if (Volatile.Read(ref Workers[i]) is { } worker)
            {
                worker.Wake();
            }
            else
            {
                lock (Growing)
                {
                    Workers[i] ??= new Worker(i);
                }
            }
        }
    }

    private static void Enter(int worker)
    {
        Interlocked.Increment(ref inside);
        if (open is { } job && worker < job.Helpers)
        {
            job.RunChunks();
        }

        Interlocked.Decrement(ref inside);
    }

    private abstract class Job
    {
        public int Helpers { get; protected set; }

        /// <summary>Takes chunks until none is left.</summary>
        public abstract void RunChunks();
    }

    /// <summary>One reusable instance per kind of work: `busy` guarantees that it is used by one caller at a time.</summary>
    private sealed class Job<TWork> : Job where TWork : struct, IWork
    {
        public static readonly Job<TWork> Instance = new();

        private TWork work;
        private int chunks;
        private int next;
        private Exception? failure;

        public void Prepare(int count, int helpers, in TWork what)
        {
            work = what;
            chunks = count;
            Helpers = helpers;
            failure = null;
            next = 0;
        }

        public override void RunChunks()
        {
            var local = work;
            var end = chunks;
            try
            {
                for (int chunk; (chunk = Interlocked.Increment(ref next) - 1) < end;)
                {
                    local.Run(chunk);
                }
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
                Volatile.Write(ref next, end);
            }
        }

        public Exception? Finish()
        {
            work = default; // keeps nothing of the caller's alive
            return failure;
        }
    }

    private sealed class Worker
    {
        // Waking a sleeper takes 50 microseconds and more, and on a busy machine it may wake on the caller's own core. So a
        // worker spins long enough for the next kernel, then offers its core to whoever wants it but stays awake for the
        // rest of the step, then sleeps.
        private static readonly long AwakeTicks = Stopwatch.Frequency * 1_000 / 1_000_000;

        private readonly SemaphoreSlim signal = new(0);
        private readonly int index;
        private int parked;

        public Worker(int index)
        {
            this.index = index;
            new Thread(Loop) { IsBackground = true, Name = $"Pellucid worker {index + 1}" }.Start();
        }

        public void Wake()
        {
            if (Interlocked.Exchange(ref parked, 0) == 1)
            {
                signal.Release();
            }
        }

        private void Loop()
        {
            var seen = epoch - 1; // the job that created this worker is worth a look
            while (true)
            {
                WaitForEpochAfter(seen);
                seen = epoch;
                Enter(index);
            }
        }

        private void WaitForEpochAfter(int seen)
        {
            var patience = Patience.Begin();
            while (epoch == seen)
            {
                if (patience.Ticks < AwakeTicks)
                {
                    patience.Wait();
                    continue;
                }

                Interlocked.Exchange(ref parked, 1);
                if (epoch == seen)
                {
                    signal.Wait();
                }
                else if (Interlocked.Exchange(ref parked, 0) == 0)
                {
                    signal.Wait(); // a waker already took the flag: consume its signal
                }

                patience = Patience.Begin();
            }
        }
    }
}
