using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Docs;

/// <summary>
/// A page whose C# snippets are compiled and run. The nth csharp block of the page is the text between <c>#region n</c> and
/// <c>#endregion</c> of the class; <see cref="Shown"/> compares what it printed with the text block that follows it on the page.
/// </summary>
public abstract class Chapter(string page)
{
    /// <summary>Takes the place of System.Console inside the snippets.</summary>
    protected Printer Console { get; } = new();

    /// <summary>Fails unless snippet n stands on the page, and the page shows what it printed.</summary>
    protected void Shown(int n)
    {
        string printed = Ran(n);
        var blocks = MarkdownPage.Read(page).Blocks;
        int[] snippets = [.. Enumerable.Range(0, blocks.Count).Where(i => blocks[i].Language == "csharp")];
        Assert.True(n <= snippets.Length, $"{page} has no snippet {n}");
        var next = blocks.Skip(snippets[n - 1] + 1).FirstOrDefault();
        string shown = next?.Language == "text" ? next.Text : "";
        Assert.True(printed == shown, $"{page}:{blocks[snippets[n - 1]].Line}: snippet {n} prints\n{printed}\nand the page shows\n{shown}");
    }

    /// <summary>What snippet n printed, where the page does not show it: it depends on the bundled model.</summary>
    protected string Ran(int n)
    {
        Assert.True(n > 0);
        return Console.Take();
    }

    internal static IEnumerable<(string Page, string Source)> All() => Repository.Sources("tests/Pellucid.Tests/Docs")
        .Select(file => File.ReadAllText(Repository.At(file)).Replace("\r\n", "\n"))
        .SelectMany(source => Regex.Matches(source, @": Chapter\(""([^""]+)""\)").Select(match => (match.Groups[1].Value, source)));

    /// <summary>The snippets of a class by their numbers, without their indentation.</summary>
    internal static IReadOnlyList<string> Snippets(string source)
    {
        var regions = Regex.Matches(source, @"^([ ]*)#region (\d+)\n(.*?)^[ ]*#endregion", RegexOptions.Multiline | RegexOptions.Singleline);
        return [.. regions.OrderBy(region => int.Parse(region.Groups[2].Value, CultureInfo.InvariantCulture))
            .Select(region => string.Join('\n', region.Groups[3].Value.TrimEnd('\n').Split('\n')
                .Select(line => line.StartsWith(region.Groups[1].Value, StringComparison.Ordinal) ? line[region.Groups[1].Length..] : line)))];
    }

    /// <summary>Keeps what is printed.</summary>
    protected sealed class Printer
    {
        private readonly StringBuilder text = new();

        public void WriteLine(object? value) => text.Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');

        public void Write(object? value) => text.Append(CultureInfo.InvariantCulture, $"{value}");

        internal string Take()
        {
            string printed = text.ToString().TrimEnd('\n');
            text.Clear();
            return printed;
        }
    }
}
