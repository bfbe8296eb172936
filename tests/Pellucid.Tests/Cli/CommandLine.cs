using System.Text;
using Pellucid.Cli;

namespace Pellucid.Tests.Cli;

/// <summary>What one run of the tool gave.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    public string[] Lines => Output.Length == 0 ? [] : Output.TrimEnd('\n').Split('\n');

    /// <summary>The one line on stderr that says what went wrong, after notes if there are any; no stack, nothing on stdout.</summary>
    public string Failure(int code)
    {
        Assert.Equal((code, ""), (Code, Output));
        string[] said = Error.TrimEnd('\n').Split('\n');
        Assert.DoesNotContain(said, line => line.StartsWith("   at "));
        Assert.Single(said, line => line.StartsWith("pellucid: "));
        Assert.StartsWith("pellucid: ", said[^1]);
        return said[^1]["pellucid: ".Length..];
    }
}

/// <summary>Runs the tool inside this process, as Program does, with memory in place of the console.</summary>
internal static class CommandLine
{
    public static Outcome Run(params string[] args) => Run("", args);

    public static Outcome Run(string input, string[] args, CancellationToken cancellation = default) => Run(Encoding.UTF8.GetBytes(input), args, cancellation);

    public static Outcome Run(byte[] input, string[] args, CancellationToken cancellation = default)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        int code;
        using (var terminal = new Terminal(new MemoryStream(input), output, error, _ => null))
        {
            code = App.Run(args, terminal, cancellation);
        }

        return new Outcome(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>Runs it as if its output were a terminal; what the terminal gets.</summary>
    public static string Shown(params string[] args)
    {
        using var output = new MemoryStream();
        using (var terminal = new Terminal(new MemoryStream(), output, new MemoryStream(), _ => null) { OutputIsTerminal = true }) Assert.Equal(0, App.Run(args, terminal, default));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>The same with an output that is read while the tool runs; the exit code.</summary>
    public static int Run(Stream output, string[] args, CancellationToken cancellation)
    {
        using var terminal = new Terminal(new MemoryStream(), output, new MemoryStream(), _ => null);
        return App.Run(args, terminal, cancellation);
    }
}
