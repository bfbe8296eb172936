using System.Globalization;
using Pellucid.Bench;

namespace Pellucid.Cli.Progress;

/// <summary>What is being measured: a line that is always current on a terminal, a line for each workload elsewhere.</summary>
internal sealed class BenchProgressLine(Terminal terminal) : IProgress<BenchProgress>, IDisposable
{
    private const string ClearLine = "\r\u001b[2K";
    private bool _isShown;

    public void Report(BenchProgress value)
    {
        var what = $"{value.Workload.Bench} {value.Workload.Shape}";
        if (terminal.IsLive)
        {
            terminal.Error.Write(ClearLine + string.Create(CultureInfo.InvariantCulture,
                $"{what}: {(value.Repeat == 0 ? "warming up" : $"{value.Repeat} of {value.Repeats}")}{(value.Threads == 1 ? ", 1 thread" : $", {value.Threads} threads")}"));
            _isShown = true;
        }
        else if (value.Repeat == 0)
        {
            terminal.Error.WriteLine(what);
        }
    }

    /// <summary>Takes the line away, so that a result can stand there.</summary>
    public void Clear()
    {
        if (_isShown) terminal.Error.Write(ClearLine);
        _isShown = false;
    }

    public void Dispose() => Clear();
}
