namespace Pellucid.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM, as shells count it (128 + SIGINT). Training has saved its state by then.</summary>
    public const int Interrupted = 130;
}

/// <summary>The command line asks for something that cannot be; exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command line is right, but the work cannot be done; exit code 1.</summary>
internal sealed class FailureException(string message, Exception? inner = null) : Exception(message, inner);
