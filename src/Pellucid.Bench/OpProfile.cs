using System.Diagnostics;
using System.Globalization;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Bench;

/// <summary>What one run of a workload spends in an op, all its calls together.</summary>
internal sealed record ProfilePart(string Name, double Milliseconds, double Calls);

/// <summary>Times the ops of the forward direction, linear maps by their shape MxNxK. Derivatives, the optimizer and the search are no ops: they are the rest.</summary>
internal sealed class OpProfile : IRecorderObserver
{
    public const string Rest = "the rest";

    private readonly Dictionary<string, (long Ticks, int Calls)> _parts = [];
    private long _start;

    /// <summary>The parts of a run, largest first, the rest last; timing costs a little itself.</summary>
    public static IReadOnlyList<ProfilePart> Of(Workload workload, int runs, CancellationToken cancellation)
    {
        var profile = new OpProfile();
        var start = Stopwatch.GetTimestamp();
        for (var run = 0; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var recorder = Recorder.Begin(gradients: false, profile);
            workload.Run(cancellation);
        }
        var total = Stopwatch.GetElapsedTime(start).TotalMilliseconds / runs;
        var parts = profile._parts
            .Select(part => new ProfilePart(part.Key, Stopwatch.GetElapsedTime(0, part.Value.Ticks).TotalMilliseconds / runs, (double)part.Value.Calls / runs))
            .OrderByDescending(part => part.Milliseconds).ToList();
        return [.. parts, new(Rest, Math.Max(0, total - parts.Sum(part => part.Milliseconds)), 0)];
    }

    public void Before(Recorder recorder, Op op) => _start = Stopwatch.GetTimestamp();

    public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        var taken = Stopwatch.GetTimestamp() - _start;
        var name = op.Name == "linear" ? string.Create(CultureInfo.InvariantCulture, $"linear {inputs[0].Shape.Rows}x{output.Shape[^1]}x{inputs[0].Shape[^1]}") : op.Name;
        var (ticks, calls) = _parts.GetValueOrDefault(name);
        _parts[name] = (ticks + taken, calls + 1);
    }
}
