using System.Text;
using Microsoft.Win32.SafeHandles;
using Pellucid.Cli.Output;

namespace Pellucid.Cli;

/// <summary>
/// What a verb talks to: data comes from <see cref="Input"/> and goes to <see cref="Output"/>, everything else to <see cref="Error"/>.
/// UTF-8 without a byte order mark, lines end with LF, on every platform.
/// </summary>
internal sealed class Terminal : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Func<string, string?> _environment;

    public Terminal(Stream input, Stream output, Stream error, Func<string, string?> environment)
    {
        Input = input;
        Output = new StreamWriter(output, Utf8, 1 << 15) { NewLine = "\n" };
        Error = TextWriter.Synchronized(new StreamWriter(error, Utf8, 1 << 10) { NewLine = "\n", AutoFlush = true });
        _environment = environment;
    }

    public Stream Input { get; }

    /// <summary>Flushed by whoever writes, when a reader may want what is there.</summary>
    public TextWriter Output { get; }

    /// <summary>Flushed with every call, and safe to use from several threads.</summary>
    public TextWriter Error { get; }

    public bool InputIsTerminal { get; init; }
    public bool OutputIsTerminal { get; init; }
    public bool ErrorIsTerminal { get; init; }

    /// <summary>A live line and colours suit: a terminal, and neither CI nor NO_COLOR nor a dumb terminal says otherwise.</summary>
    public bool IsLive => ErrorIsTerminal && !Has("CI") && !Has("NO_COLOR") && Variable("TERM") is not "dumb";

    /// <summary>Waits for a key, Ctrl-C among them; null where there is no keyboard.</summary>
    public Func<CancellationToken, ConsoleKeyInfo>? Key { get; init; }

    /// <summary>The columns and lines of the screen.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    /// <summary>Somebody sits there who can press keys and see a screen that changes.</summary>
    public bool IsInteractive => InputIsTerminal && OutputIsTerminal && Key is not null && !Has("CI") && Variable("TERM") is not "dumb";

    /// <summary>Text of a foreign file for <see cref="Output"/>: a terminal gets nothing that steers it, a pipe or a file gets every character.</summary>
    public string Shown(string text) => OutputIsTerminal ? PlainText.Line(text) : text;

    public string? Variable(string name) => _environment(name);

    public static Terminal OfProcess() =>
        new(Console.OpenStandardInput(), StandardOutput(), Console.OpenStandardError(), Environment.GetEnvironmentVariable)
        {
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = !Console.IsOutputRedirected,
            Key = ReadKey,
            Size = () => (Console.WindowWidth, Console.WindowHeight),
            ErrorIsTerminal = !Console.IsErrorRedirected,
        };

    public void Dispose() => Error.Dispose(); // Output is flushed by App, where its failure can still be told

    // While a key is awaited, Ctrl-C is a key as well: as a signal it would not wake the reader.
    private static ConsoleKeyInfo ReadKey(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private bool Has(string name) => !string.IsNullOrEmpty(Variable(name));

    // The console's own stream hides that a pipe's reader has gone, and a FileStream would not move the offset of a file that others share.
    private static Stream StandardOutput()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return Console.OpenStandardOutput();
        try
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return Console.OpenStandardOutput();
        }
    }
}
