using System.Text;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Verbs;

namespace Pellucid.Cli.Help;

/// <summary>docs/cli.md: every verb with every flag, from the declarations that parse the line.</summary>
internal static class CliReference
{
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Command line

            This page is generated from the declarations in `src/Pellucid.Cli`; a test compares them. After a change: `PELLUCID_APPROVE=1 ./test.sh CliReference`.

            Data goes to stdout, everything else to stderr. `-` is stdin. Text is UTF-8; a line that is not is an error that names it. Files appear when they are complete.
            Flags may be written `--name value` or `--name=value`; what follows `--` is text, even if it begins with a minus sign.

            | exit code | meaning |
            |---|---|
            | 0 | done |
            | 1 | failed; one line on stderr says why (`--verbose` adds where) |
            | 2 | bad usage: no such verb, flag, value or setting |
            | 130 | stopped by Ctrl-C or SIGTERM; `train` has finished its step and saved by then, and `serve`, which ends in no other way, gives 0 |

            | environment | meaning |
            |---|---|
            | `PELLUCID_THREADS` | processor threads, as `--threads`; anything but a whole number from 1 to 256 is an error |
            | `CI`, `NO_COLOR`, `TERM=dumb` | plain lines instead of a live line |

            | verb | |
            |---|---|

            """);
        foreach (var entry in VerbList.All) text.Append($"| [{entry.Name}](#{Anchor(entry)}) | {entry.Summary} |\n");
        foreach (var entry in VerbList.All) Append(text, entry);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Append(StringBuilder text, VerbEntry entry)
    {
        var verb = entry.Make();
        text.Append($"\n## pellucid {entry.Name}\n\n```\n{HelpText.Usage(entry, verb)}\n```\n\n{verb.Description}\n\n```\n");
        foreach (var example in verb.Examples) text.Append($"{example.Line}\n    # {example.Text}\n");
        text.Append("```\n");
        if (verb.Words is { } words) text.Append($"\n`{words.Name}`: {words.Description}\n");
        foreach (var group in verb.Flags.All.GroupBy(flag => flag.Group).Where(group => group.Key != "General"))
        {
            text.Append($"\n| {group.Key} | |\n|---|---|\n");
            foreach (var flag in group) text.Append($"| {Names(flag)} | {Escape(HelpText.Meaning(flag))} |\n");
        }
    }

    private static string Names(IFlag flag) =>
        string.Join(", ", flag.Aliases.Prepend(flag.Name).Select(name => $"`{name}`")) + (flag.ValueName is null ? "" : $" {Escape(flag.ValueName)}");

    private static string Escape(string cell) => cell.Replace("|", "\\|").Replace("<", "&lt;");

    private static string Anchor(VerbEntry entry) => "pellucid-" + entry.Name.Replace(' ', '-');
}
