using Pellucid.Cli.Progress;
using Pellucid.Cli.Verbs;
using Pellucid.Explain.Traces;

namespace Pellucid.Cli.Flags;

/// <summary>Whether a step of training is traced, which, what is kept, and where.</summary>
internal sealed class StepTraceFlags
{
    private readonly Flag<string?> _pattern;
    private readonly Flag<string?> _file;
    private readonly Flag<int?> _step;

    public StepTraceFlags(FlagList list)
    {
        list.Heading("Trace");
        _file = list.Add(Make.Text("--trace-file", "FILE", "write one real step of this run to this safetensors file: its batch, dropout, loss, every gradient, the optimizer; the weights stay those of a run without it, bit for bit"));
        _pattern = list.Add(Make.Text("--trace", "PATTERN", "keep the values of these tensors alone, as 'gradient:**' or '**,!**.weight'; a batch has many numbers, and how many bytes is said before the step"));
        _step = list.Add(Make.WholeOrNone("--trace-step", "N", "the step to trace", 1, "the first that this run makes"));
    }

    /// <summary>What watches the run; null when nothing is to be traced.</summary>
    /// <exception cref="UsageException">The flags contradict each other, or the pattern is none.</exception>
    public StepTracing? Tracing(Call call)
    {
        if (call.Get(_file) is not { Length: > 0 } path)
            return call.Has(_file) || call.Has(_pattern) || call.Has(_step)
                ? throw new UsageException($"{(call.Has(_pattern) ? _pattern.Name : _step.Name)} says what a trace of a step is; {_file.Name} FILE says where it goes")
                : null;
        if (Directory.Exists(path)) throw new UsageException($"{_file.Name}: {path} is a folder");
        try
        {
            return new StepTracing(path, call.Get(_pattern) is { } text ? TracePattern.Parse(text) : TracePattern.All, call.Get(_step));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"{_pattern.Name}: {error.Message}");
        }
    }
}
