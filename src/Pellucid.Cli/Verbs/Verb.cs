using System.CommandLine;
using Pellucid.Cli.Flags;

namespace Pellucid.Cli.Verbs;

/// <summary>A command line that can be typed as it is, and what it does.</summary>
internal sealed record Example(string Line, string Text);

/// <summary>One thing that the tool can do. A verb declares its flags once; parsing, help and docs/cli.md read that declaration.</summary>
internal abstract class Verb
{
    /// <summary>What help says below the first line.</summary>
    public abstract string Description { get; }

    public abstract IReadOnlyList<Example> Examples { get; }

    public FlagList Flags { get; } = new();

    /// <summary>What may stand on the line without a flag; null for nothing.</summary>
    public Argument<string[]>? Words { get; protected init; }

    /// <summary>Does it; the exit code.</summary>
    /// <exception cref="UsageException">The flags contradict each other.</exception>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public abstract int Run(Call call);

    /// <summary>The flag that asks for help.</summary>
    public Flag<bool> Help { get; } = Make.Switch("--help", "show this help", "-h", "-?");

    /// <summary>Adds the flags that every verb has, after its own.</summary>
    public void AddGeneralFlags()
    {
        Flags.Heading("General");
        Flags.Add(Make.Switch("--verbose", "with an error, also show where it came from"));
        Flags.Add(Help);
    }

    protected static Argument<string[]> WordsOf(string name, string text, int least = 0, int most = 100_000) =>
        new(name) { Description = text, Arity = new(least, most), DefaultValueFactory = _ => [], CustomParser = result => [.. result.Tokens.Select(token => token.Value)] };
}

/// <summary>A parsed command line on its way through a verb.</summary>
internal sealed class Call(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
{
    public Terminal Terminal { get; } = terminal;
    public CancellationToken Cancellation { get; } = cancellation;

    public T Get<T>(Flag<T> flag) => parsed.GetValue(flag)!;

    public string[] Get(Argument<string[]> words) => parsed.GetValue(words) ?? [];

    /// <summary>Whether the flag stands on the line, with its default value or another.</summary>
    public bool Has<T>(Flag<T> flag) => parsed.GetResult(flag) is { Implicit: false };

    /// <summary>The same of a flag of any kind.</summary>
    public bool Parsed(IFlag flag) => parsed.GetResult((Option)flag) is { Implicit: false };

    /// <summary>The flag's value, which must be there.</summary>
    public string Need(Flag<string?> flag) =>
        Get(flag) is { Length: > 0 } value ? value : throw new UsageException($"{flag.Name} {flag.ValueName} is needed");

    /// <summary>A note to the person, on stderr.</summary>
    public void Say(string line) => Terminal.Error.WriteLine(line);
}
