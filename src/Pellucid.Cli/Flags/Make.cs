using System.CommandLine.Parsing;
using System.Globalization;
using Pellucid.Models.Configuration;

namespace Pellucid.Cli.Flags;

/// <summary>The kinds of flags. Values are read the same way in every culture, and what is wrong with one is said in words.</summary>
internal static class Make
{
    public static Flag<bool> Switch(string name, string text, params string[] aliases) => new(name, null, text, aliases);

    /// <summary>Any text; null when not given.</summary>
    public static Flag<string?> Text(string name, string valueName, string text, params string[] aliases) => new(name, valueName, text, aliases);

    /// <summary>Any text, with what help calls the default.</summary>
    public static Flag<string?> TextOr(string name, string valueName, string defaultText, string text, params string[] aliases) =>
        new(name, valueName, text, aliases) { DefaultText = defaultText };

    /// <summary>Texts from a flag that may be given several times.</summary>
    public static Flag<string[]> Texts(string name, string valueName, string text, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            Repeats = true,
            Arity = System.CommandLine.ArgumentArity.OneOrMore,
            DefaultValueFactory = _ => [],
            CustomParser = result => [.. result.Tokens.Select(token => token.Value)],
        };

    public static Flag<int> Whole(string name, string valueName, string text, int least, int value, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            DefaultText = Format(value),
            DefaultValueFactory = _ => value,
            CustomParser = result => ParseWhole(result, name, least, int.MaxValue, out var number) ? (int)number : 0,
        };

    /// <summary>A whole number, or null when not given.</summary>
    public static Flag<int?> WholeOrNone(string name, string valueName, string text, int least, string? defaultText = null, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            DefaultText = defaultText,
            CustomParser = result => ParseWhole(result, name, least, int.MaxValue, out var number) ? (int)number : null,
        };

    public static Flag<long> Long(string name, string valueName, string text, long least, long value, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            DefaultText = Format(value),
            DefaultValueFactory = _ => value,
            CustomParser = result => ParseWhole(result, name, least, long.MaxValue, out var number) ? number : 0,
        };

    /// <summary>A number within bounds, both allowed; bounds that are infinite are not named.</summary>
    public static Flag<double> Number(string name, string valueName, string text, double least, double most, double value, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            DefaultText = Format(value),
            DefaultValueFactory = _ => value,
            CustomParser = result => ParseNumber(result, name, least, most, out var number) ? number : 0,
        };

    /// <summary>A number within bounds, or null when not given.</summary>
    public static Flag<double?> NumberOrNone(string name, string valueName, string text, double least, double most, string? defaultText = null, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            DefaultText = defaultText,
            CustomParser = result => ParseNumber(result, name, least, most, out var number) ? number : null,
        };

    /// <summary>One of a few words; the first is the default.</summary>
    public static Flag<string> Choice(string name, string valueName, string text, IReadOnlyList<string> choices, params string[] aliases) =>
        new(name, valueName, text, aliases)
        {
            Choices = choices,
            DefaultText = choices[0],
            DefaultValueFactory = _ => choices[0],
            CustomParser = result =>
            {
                var typed = result.Tokens[^1].Value;
                if (choices.Contains(typed, StringComparer.Ordinal)) return typed;
                result.AddError($"{name}: there is no '{typed}'{NearestName.Hint(typed, choices)} (choices: {string.Join(", ", choices)})");
                return choices[0];
            },
        };

    private static bool ParseWhole(ArgumentResult result, string name, long least, long most, out long number)
    {
        var text = result.Tokens[^1].Value;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= least && number <= most) return true;
        result.AddError($"{name}: '{text}' is not a whole number{(least == long.MinValue ? "" : FormattableString.Invariant($" of at least {least}"))}");
        return false;
    }

    private static bool ParseNumber(ArgumentResult result, string name, double least, double most, out double number)
    {
        var text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && number >= least && number <= most && double.IsFinite(number)) return true;
        var bounds = (double.IsFinite(least), double.IsFinite(most)) switch
        {
            (true, true) => $" from {Format(least)} to {Format(most)}",
            (true, false) => $" of at least {Format(least)}",
            (false, true) => $" of at most {Format(most)}",
            _ => "",
        };
        result.AddError($"{name}: '{text}' is not a number{bounds}; the decimal separator is a point");
        return false;
    }

    private static string Format(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
