using System.CommandLine;
using System.CommandLine.Parsing;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Verbs;
using Pellucid.Models.Configuration;

namespace Pellucid.Cli;

/// <summary>What is wrong with a command line, in words, with the nearest name.</summary>
internal static class UsageErrors
{
    /// <exception cref="UsageException">Something is.</exception>
    public static void Throw(VerbEntry entry, Verb verb, ParseResult parsed, IReadOnlyList<string> args)
    {
        var dashes = args.ToList().IndexOf("--");
        var literal = dashes < 0 ? 0 : args.Count - dashes - 1; // words after "--" are words, whatever they look like
        var words = verb.Words is null ? [] : parsed.GetResult(verb.Words)?.Tokens.Select(token => token.Value).ToList() ?? [];
        var stray = words.Take(words.Count - Math.Min(literal, words.Count)).Concat(parsed.UnmatchedTokens).FirstOrDefault(LooksLikeFlag);
        if (stray is not null)
        {
            var typed = stray.Split('=')[0];
            var names = verb.Flags.All.SelectMany(flag => flag.Aliases.Prepend(flag.Name));
            throw new UsageException($"there is no option {typed}{NearestName.Hint(typed, names)} (all options: pellucid {entry.Name} --help)");
        }
        if (parsed.Errors.Count > 0) throw new UsageException(Describe(parsed.Errors[0], verb, parsed));
    }

    private static bool LooksLikeFlag(string word) =>
        word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]) && !word.Split('=')[0].Any(char.IsWhiteSpace);

    private static string Describe(ParseError error, Verb verb, ParseResult parsed) => error.SymbolResult switch
    {
        OptionResult { Option: IFlag flag, Tokens.Count: 0 } when flag.ValueName is not null => $"{flag.Name} needs a value: {flag.Name} {flag.ValueName}",
        OptionResult { Option: IFlag { Repeats: false, ValueName: not null } flag, IdentifierTokenCount: > 1 } => $"{flag.Name} is given more than once",
        _ when parsed.UnmatchedTokens is [var word, ..] => $"'{word}' is not expected here",
        CommandResult or ArgumentResult when verb.Words is { Arity.MinimumNumberOfValues: > 1 and var least } words =>
            $"{least} {words.Name}s are needed, {parsed.GetResult(words)?.Tokens.Count ?? 0} given: {words.Description}",
        CommandResult or ArgumentResult when verb.Words is { Arity.MinimumNumberOfValues: > 0 } words => $"{words.Name} is missing: {words.Description}",
        _ => error.Message,
    };
}
