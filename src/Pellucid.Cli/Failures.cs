using Pellucid.Models.Checkpoints;
using Pellucid.Text;

namespace Pellucid.Cli;

/// <summary>One line on stderr for every way of failing; the stack only with --verbose.</summary>
internal static class Failures
{
    private const int BrokenPipe = 32; // EPIPE on Linux and macOS

    private const int NoSpace = 28; // ENOSPC

    public static int Report(Exception error, Terminal terminal, bool isVerbose)
    {
        var code = Code(error);
        if (code != ExitCode.Failed || !IsBrokenPipe(error)) terminal.Error.WriteLine("pellucid: " + Line(error));
        if (isVerbose && error is not UsageException) terminal.Error.WriteLine(error.ToString());
        try
        {
            if (!IsBrokenPipe(error)) terminal.Output.Flush(); // what was done before is not lost
        }
        catch (IOException)
        {
            // Already told, or the very failure that is being told.
        }
        return code;
    }

    /// <summary>The message on one line, without what only a programmer needs.</summary>
    public static string Line(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => Line(inner),
        OperationCanceledException => "interrupted",
        ArgumentException argument => Single(WithoutParameter(argument)),
        NullReferenceException or IndexOutOfRangeException or InvalidCastException or KeyNotFoundException =>
            $"an error in pellucid itself ({error.GetType().Name}: {Single(error.Message)}); --verbose shows where",
        IOException { HResult: NoSpace } full when !full.Message.Contains('/') => $"the output could not be written: {Single(full.Message)}",
        OutOfMemoryException => "not enough memory: " + Single(error.Message),
        _ => Single(error.Message),
    };

    private static int Code(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => Code(inner),
        UsageException => ExitCode.Usage,
        OperationCanceledException => ExitCode.Interrupted,
        _ => ExitCode.Failed,
    };

    private static bool IsBrokenPipe(Exception error) =>
        error is IOException { HResult: BrokenPipe } and not (FileNotFoundException or DirectoryNotFoundException) && !OperatingSystem.IsWindows();

    private static string WithoutParameter(ArgumentException error)
    {
        var end = error.ParamName is null ? -1 : error.Message.IndexOf($" (Parameter '{error.ParamName}')", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }

    private static string Single(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
