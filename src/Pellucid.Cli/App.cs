using System.CommandLine;
using System.Reflection;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Help;
using Pellucid.Cli.Verbs;

namespace Pellucid.Cli;

/// <summary>From a command line to an exit code: finds the verb, parses its flags, runs it, and puts every failure into one line.</summary>
internal static class App
{
    private static readonly string[] HelpWords = ["--help", "-h", "-?", "help"];

    public static string Version { get; } =
        typeof(App).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static int Run(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation = default)
    {
        var isVerbose = args.TakeWhile(word => word != "--").Contains("--verbose");
        try
        {
            var code = Dispatch(args, terminal, cancellation);
            terminal.Output.Flush();
            return code;
        }
        catch (Exception error)
        {
            return Failures.Report(error, terminal, isVerbose);
        }
    }

    private static int Dispatch(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        if (args.Count == 0)
        {
            HelpText.WriteOverview(terminal.Error);
            return ExitCode.Usage;
        }
        if (args[0] is "--version" or "-V")
        {
            terminal.Output.WriteLine("pellucid " + Version);
            return ExitCode.Done;
        }
        if (HelpWords.Contains(args[0])) return WriteHelp([.. args.Skip(1).Where(word => !HelpWords.Contains(word))], terminal);

        if (VerbList.Find(args, out var rest) is { } entry) return RunVerb(entry, rest, terminal, cancellation);
        if (VerbList.Names.Any(name => name.StartsWith(args[0] + " ", StringComparison.Ordinal)) && (args.Count == 1 || HelpWords.Contains(args[1])))
        {
            HelpText.WriteOverview(args.Count == 1 ? terminal.Error : terminal.Output, args[0]);
            return args.Count == 1 ? ExitCode.Usage : ExitCode.Done;
        }
        throw VerbList.Unknown(args);
    }

    private static int WriteHelp(IReadOnlyList<string> words, Terminal terminal)
    {
        if (words.Count == 0) HelpText.WriteOverview(terminal.Output);
        else if (VerbList.Find(words, out _) is { } entry) HelpText.Write(entry, entry.Make(), terminal.Output);
        else if (VerbList.Names.Any(name => name.StartsWith(words[0] + " ", StringComparison.Ordinal))) HelpText.WriteOverview(terminal.Output, words[0]);
        else throw VerbList.Unknown(words);
        return ExitCode.Done;
    }

    private static int RunVerb(VerbEntry entry, IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        var verb = entry.Make();
        var parsed = Parse(verb, args);
        if (parsed.GetValue(verb.Help))
        {
            HelpText.Write(entry, verb, terminal.Output);
            return ExitCode.Done;
        }
        UsageErrors.Throw(entry, verb, parsed, args);
        MachineFlags.CheckEnvironment(terminal);
        return verb.Run(new(parsed, terminal, cancellation));
    }

    internal static ParseResult Parse(Verb verb, IReadOnlyList<string> args)
    {
        // No verb is called this, so the parser never takes the first word for the program's own name.
        var command = new Command("\u0001");
        verb.Flags.Into(command);
        if (verb.Words is { } words) command.Arguments.Add(words);
        // A text may begin with @, and a number with a minus sign: no response files, no bundles of one-letter flags.
        return command.Parse(args, new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
    }
}
