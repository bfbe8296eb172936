using System.Diagnostics;
using System.Globalization;
using Pellucid.Models.Generation;

namespace Pellucid.Cli.Progress;

/// <summary>How many sentences are translated, and how fast: a line that is always current on a terminal, a line now and then elsewhere.</summary>
internal sealed class TranslationProgressLine(Terminal terminal) : IProgress<GenerationProgress>, IDisposable
{
    private const string ClearLine = "\r\u001b[2K";
    private static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(100), PlainPause = TimeSpan.FromSeconds(10);

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _shownAt;
    private bool _isShown;

    public void Report(GenerationProgress value)
    {
        var now = Stopwatch.GetElapsedTime(_start);
        if (now - _shownAt < (terminal.IsLive ? LivePause : PlainPause)) return;
        _shownAt = now;
        if (terminal.IsLive)
        {
            terminal.Error.Write(ClearLine + Line(value, now));
            _isShown = true;
        }
        else
        {
            terminal.Error.WriteLine(Line(value, now));
        }
    }

    /// <summary>Takes the line away, so that a result can stand there.</summary>
    public void Dispose()
    {
        if (_isShown) terminal.Error.Write(ClearLine);
        _isShown = false;
    }

    internal static string Line(GenerationProgress value, TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture,
        $"translated {value.Finished}/{value.Total} sentences  {value.Tokens / elapsed.TotalSeconds:0} tokens/s");
}
