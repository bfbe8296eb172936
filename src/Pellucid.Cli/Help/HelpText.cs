using Pellucid.Cli.Flags;
using Pellucid.Cli.Verbs;

namespace Pellucid.Cli.Help;

/// <summary>Help for a terminal, from the same declarations that parse the line.</summary>
internal static class HelpText
{
    private const int Width = 110;
    private const int Column = 32;

    /// <summary>All verbs, or those of one group.</summary>
    public static void WriteOverview(TextWriter output, string? group = null)
    {
        output.WriteLine("Pellucid trains and runs Transformers in pure C#.");
        output.WriteLine();
        output.WriteLine("usage: pellucid VERB [options]");
        output.WriteLine();
        foreach (var entry in VerbList.All.Where(entry => group is null || entry.Name.StartsWith(group + " ", StringComparison.Ordinal)))
            WriteRow(output, entry.Name, entry.Summary, 20);
        output.WriteLine();
        output.WriteLine("pellucid VERB --help shows a verb's options with examples; --version the version.");
    }

    public static void Write(VerbEntry entry, Verb verb, TextWriter output)
    {
        output.WriteLine($"pellucid {entry.Name}: {entry.Summary}");
        output.WriteLine();
        output.WriteLine("usage: " + Usage(entry, verb));
        output.WriteLine();
        foreach (var line in Wrap(verb.Description, Width)) output.WriteLine(line);
        output.WriteLine();
        output.WriteLine("Examples");
        foreach (var example in verb.Examples)
        {
            output.WriteLine("  " + example.Line);
            output.WriteLine("      " + example.Text);
        }
        if (verb.Words is { } words)
        {
            output.WriteLine();
            WriteRow(output, words.Name, words.Description ?? "", Column);
        }
        foreach (var group in verb.Flags.All.GroupBy(flag => flag.Group))
        {
            output.WriteLine();
            output.WriteLine(group.Key);
            foreach (var flag in group) WriteRow(output, Names(flag), Meaning(flag), Column);
        }
    }

    public static string Usage(VerbEntry entry, Verb verb) =>
        $"pellucid {entry.Name}" + verb.Words switch
        {
            null => "",
            { Arity.MinimumNumberOfValues: 0 } words => $" [{words.Name}]",
            { } words => $" {words.Name}",
        } + " [options]";

    /// <summary>"--beam-size, --beam N".</summary>
    public static string Names(IFlag flag) =>
        string.Join(", ", Short(flag).Append(flag.Name).Concat(Long(flag))) + (flag.ValueName is null ? "" : " " + flag.ValueName);

    /// <summary>The text, the choices, the default.</summary>
    public static string Meaning(IFlag flag)
    {
        var text = flag.Text;
        if (flag.Choices.Count > 0) text += ": " + string.Join(", ", flag.Choices);
        if (flag.Repeats) text += " (may be given several times)";
        return flag.DefaultText is null ? text : $"{text} (default: {flag.DefaultText})";
    }

    private static IEnumerable<string> Short(IFlag flag) => flag.Aliases.Where(alias => alias.Length == 2).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Long(IFlag flag) => flag.Aliases.Where(alias => alias.Length > 2);

    private static void WriteRow(TextWriter output, string name, string text, int column)
    {
        var lines = Wrap(text, Width - column - 2).ToList();
        var head = "  " + name;
        if (head.Length + 2 > column + 2)
        {
            output.WriteLine(head);
            head = "";
        }
        foreach (var line in lines)
        {
            output.WriteLine((head.PadRight(column + 2) + line).TrimEnd());
            head = "";
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var line = "";
            foreach (var word in paragraph.Split(' '))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line;
                    line = word;
                }
                else
                {
                    line = line.Length == 0 ? word : $"{line} {word}";
                }
            }
            yield return line;
        }
    }
}
