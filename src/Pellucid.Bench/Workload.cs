using Pellucid.Bench.Peers;

namespace Pellucid.Bench;

/// <summary>What the machine allows with some number of threads: GFLOP/s of fused multiply-adds, GB/s of reading memory.</summary>
internal readonly record struct Peaks(double Gflops, double Gigabytes);

/// <summary>A limit in the unit of the work, and what it is made of.</summary>
internal readonly record struct Limit(double Value, string Name);

/// <summary>What the runs of a workload cost, each per run, and what the process held.</summary>
/// <param name="Allocated">Bytes taken from the garbage collector per run.</param>
/// <param name="Collections">Collections of generation 2 during all measured runs.</param>
internal sealed record Costs(Sample Seconds, double Allocated, int Collections, int Runs, MemoryPeak? Memory);

/// <summary>Work of a known amount that can be repeated.</summary>
internal abstract class Workload : IDisposable
{
    public abstract string Bench { get; }

    public abstract string Shape { get; }

    public virtual string Precision => "f32";

    /// <summary>What a second of work is counted in: GFLOP/s, tokens/s.</summary>
    public abstract string Unit { get; }

    /// <summary>The work of one run: GFLOP, tokens. Known after <see cref="Prepare"/>.</summary>
    public abstract double Amount { get; }

    /// <summary>One sample runs at least this long.</summary>
    public virtual TimeSpan Duration => TimeSpan.FromMilliseconds(30);

    /// <summary>Repeats when nobody asks for another number.</summary>
    public virtual int Repeats => 15;

    /// <summary>Whether the memory of preparing and running is measured before anything is timed.</summary>
    public virtual bool WatchesMemory => false;

    /// <summary>The same work for a peer; null when it has none.</summary>
    public virtual PeerTask? Peer => null;

    /// <summary>Makes the operands.</summary>
    public abstract void Prepare();

    public abstract void Run(CancellationToken cancellation);

    /// <summary>What the machine allows; null where no limit of it is known.</summary>
    public abstract Limit? LimitOf(Peaks peaks);

    /// <summary>Further figures.</summary>
    public virtual IEnumerable<Figure> Figures(Costs costs) => [];

    public virtual void Dispose()
    {
    }
}
