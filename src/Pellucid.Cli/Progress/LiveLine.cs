using System.Diagnostics;

namespace Pellucid.Cli.Progress;

/// <summary>One line of progress on stderr: always current on a terminal, a new one now and then elsewhere.</summary>
internal sealed class LiveLine(Terminal terminal) : IDisposable
{
    private const string ClearLine = "\r\u001b[2K";
    private static readonly TimeSpan LivePause = TimeSpan.FromMilliseconds(100), PlainPause = TimeSpan.FromSeconds(10);

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _shownAt;
    private bool _isShown;

    /// <summary>Shows a line if the last one is old enough.</summary>
    public void Show(Func<string> line)
    {
        var now = Stopwatch.GetElapsedTime(_start);
        if (now - _shownAt < (terminal.IsLive ? LivePause : PlainPause)) return;
        _shownAt = now;
        if (!terminal.IsLive)
        {
            terminal.Error.WriteLine(line());
            return;
        }
        terminal.Error.Write(ClearLine + line());
        _isShown = true;
    }

    /// <summary>Takes the line away, so that a result can stand there.</summary>
    public void Dispose()
    {
        if (_isShown) terminal.Error.Write(ClearLine);
        _isShown = false;
    }
}
