namespace Pellucid.Cli.Progress;

/// <summary>How far a verification is; its reports come from several threads.</summary>
internal sealed class VerificationProgress(Terminal terminal, int operations) : IProgress<int>, IDisposable
{
    private readonly LiveLine _line = new(terminal);
    private readonly Lock _lock = new();

    public void Report(int value)
    {
        lock (_lock) _line.Show(() => FormattableString.Invariant($"recomputed {value:N0} of {operations:N0} operations"));
    }

    public void Dispose() => _line.Dispose();
}
