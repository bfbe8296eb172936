using System.Diagnostics;
using Pellucid.Bench.Peers;
using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Bench;

/// <summary>What is being measured: repeat 0 prepares and warms up.</summary>
internal readonly record struct BenchProgress(Workload Workload, int Threads, int Repeat, int Repeats);

/// <summary>
/// Measures workloads. Every repeat takes, one after the other, the limits, the workload and the peers, so that what else happens on the machine
/// meets all of them; figures are medians over the repeats. The rate of multiply-adds is the best of its repeats,
/// because a disturbed peak is no peak; that of memory is their median, because neighbours share it and take and leave.
/// </summary>
internal sealed class BenchRunner(IReadOnlyList<PythonPeer> peers, int? repeats, IProgress<BenchProgress>? progress) : IDisposable
{
    // A tenth of what a sample takes: on a machine that others use, a long sample beside a glimpse of the limit would compare two moods of it.
    private const double ProbeShare = 0.1;
    private static readonly TimeSpan ShortestProbe = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan LongestProbe = TimeSpan.FromMilliseconds(300);

    private ReadBuffer? _buffer;

    /// <summary>Calls before anything is timed go on for at least this long: the runtime compiles hot code anew in the background.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Whether each measurement also tells where the time goes.</summary>
    public bool Profiles { get; init; }

    /// <summary>The limits alone.</summary>
    public IEnumerable<Measurement> Limits(int threads, CancellationToken cancellation)
    {
        var peaks = new List<Peaks>();
        Probe(threads, ShortestProbe);
        for (var repeat = 0; repeat < (repeats ?? 15); repeat++)
        {
            cancellation.ThrowIfCancellationRequested();
            peaks.Add(Probe(threads, ShortestProbe));
        }
        yield return Of("fma", peaks.Select(peak => peak.Gflops), "GFLOP/s");
        yield return Of("read", peaks.Select(peak => peak.Gigabytes), "GB/s");

        Measurement Of(string shape, IEnumerable<double> values, string unit) =>
            new() { Bench = "machine", Shape = shape, Threads = threads, Precision = "f32", Value = new(values), Unit = unit };
    }

    /// <summary>One measurement for each number of threads; these alternate too.</summary>
    /// <exception cref="PeerException">A peer failed.</exception>
    /// <exception cref="OperationCanceledException"/>
    public IReadOnlyList<Measurement> Measure(Workload workload, IReadOnlyList<int> threads, CancellationToken cancellation)
    {
        var (before, count) = (Threading.Count, repeats ?? workload.Repeats);
        try
        {
            progress?.Report(new(workload, threads[0], 0, count));
            var memory = Prepare(workload, threads[^1], cancellation);
            var series = threads.Select(n => new Series(workload, n, memory, peers)).ToList();
            for (var repeat = 0; repeat < count; repeat++)
                foreach (var one in series)
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress?.Report(new(workload, one.Threads, repeat + 1, count));
                    one.Add(Probe(one.Threads, ProbeFor(one.Expected)), cancellation);
                }
            return [.. series.Select(one => one.Result() with { Profile = Profiles ? one.Profile(cancellation) : [] })];
        }
        finally
        {
            Threading.Count = before;
        }
    }

    public void Dispose() => _buffer?.Dispose();

    private MemoryPeak? Prepare(Workload workload, int threads, CancellationToken cancellation)
    {
        Threading.Count = threads;
        MemoryPeak? memory = null;
        if (workload.WatchesMemory)
        {
            _buffer?.Dispose();
            _buffer = null;
            memory = MemoryPeak.Of(() =>
            {
                workload.Prepare();
                for (var run = 0; run < 2; run++) Run();
            });
        }
        else
        {
            workload.Prepare();
            Run();
        }
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;) Run();
        return memory;

        void Run()
        {
            cancellation.ThrowIfCancellationRequested();
            workload.Run(cancellation);
        }
    }

    private static TimeSpan ProbeFor(TimeSpan sample) =>
        TimeSpan.FromSeconds(Math.Clamp(sample.TotalSeconds * ProbeShare, ShortestProbe.TotalSeconds, LongestProbe.TotalSeconds));

    private Peaks Probe(int threads, TimeSpan duration)
    {
        _buffer ??= new();
        return new(Machine.MultiplyAddRate(threads, duration) / 1e9, Machine.ReadRate(threads, _buffer, duration) / 1e9);
    }

    /// <summary>The repeats of one workload with one number of threads.</summary>
    private sealed class Series(Workload workload, int threads, MemoryPeak? memory, IReadOnlyList<PythonPeer> peers)
    {
        private readonly List<double> _seconds = [];
        private readonly List<Peaks> _peaks = [];
        private readonly List<PeerTime>[] _peers = [.. peers.Select(_ => new List<PeerTime>())];
        private long _allocated;
        private int _runs;
        private int _collections;

        public int Threads => threads;

        /// <summary>What the next sample will take, as far as the last one tells.</summary>
        public TimeSpan Expected { get; private set; }

        public void Add(Peaks peaks, CancellationToken cancellation)
        {
            _peaks.Add(peaks);
            Threading.Count = threads;
            var (bytes, collections) = (GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(2));
            var (runs, start) = (0, Stopwatch.GetTimestamp());
            TimeSpan elapsed;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                workload.Run(cancellation);
                runs++;
                elapsed = Stopwatch.GetElapsedTime(start);
            }
            while (elapsed < workload.Duration);
            _seconds.Add(elapsed.TotalSeconds / runs);
            Expected = elapsed;
            _allocated += GC.GetTotalAllocatedBytes(precise: true) - bytes;
            _collections += GC.CollectionCount(2) - collections;
            _runs += runs;
            if (workload.Peer is not { } task) return;
            for (var i = 0; i < peers.Count; i++)
                if (peers[i].Library == task.Library) _peers[i].Add(peers[i].Measure(task, threads, workload.Duration, cancellation));
        }

        public Measurement Result()
        {
            var seconds = new Sample(_seconds);
            var limit = workload.LimitOf(new(_peaks.Max(peak => peak.Gflops), new Sample(_peaks.Select(peak => peak.Gigabytes)).Median));
            var costs = new Costs(seconds, (double)_allocated / _runs, _collections, _runs, memory);
            return new()
            {
                Bench = workload.Bench,
                Shape = workload.Shape,
                Threads = threads,
                Precision = workload.Precision,
                Value = Rate(seconds),
                Unit = workload.Unit,
                Seconds = seconds,
                Limit = limit?.Value,
                LimitName = limit?.Name,
                Peer = FastestPeer(),
                Figures = [.. workload.Figures(costs)],
            };
        }

        public IReadOnlyList<ProfilePart> Profile(CancellationToken cancellation)
        {
            Threading.Count = threads;
            return OpProfile.Of(workload, Math.Clamp(_runs, 3, 100), cancellation);
        }

        private Sample Rate(Sample seconds) => seconds.Select(time => workload.Amount / time);

        private PeerValue? FastestPeer() => Enumerable.Range(0, peers.Count).Where(i => _peers[i].Count > 0)
            .Select(i =>
            {
                var seconds = new Sample(_peers[i].Select(time => time.Seconds));
                return new PeerValue(peers[i].Name, Rate(seconds), seconds, _peers[i].Max(time => time.PeakBytes));
            })
            .MaxBy(peer => peer.Value.Median);
    }
}
