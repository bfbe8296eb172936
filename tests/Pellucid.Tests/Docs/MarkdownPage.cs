using System.Text.RegularExpressions;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Docs;

/// <summary>A fenced block of a page: its language, its text without the fence's indentation, the line of its fence.</summary>
internal sealed record CodeBlock(string Language, string Text, int Line);

/// <summary>A Markdown page of the repository, as far as the tests read it.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string path)
    {
        Path = path;
        Lines = File.ReadAllLines(Repository.At(path));
        Blocks = [.. FindBlocks(out string[] prose)];
        Prose = prose;
    }

    /// <summary>From the repository's root, with forward slashes.</summary>
    public string Path { get; }

    public string[] Lines { get; }

    /// <summary>The lines outside fenced blocks; a line of a block is empty here, so that numbers stay.</summary>
    public string[] Prose { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>What the links and images of the page point at, with their line numbers.</summary>
    public IEnumerable<(string Target, int Line)> Links => Prose
        .SelectMany((line, i) => Link().Matches(InlineCode().Replace(line, "")).Select(match => (match.Groups[1].Value, i + 1)));

    /// <summary>The words in backquotes, with their line numbers.</summary>
    public IEnumerable<(string Text, int Line)> Code => Prose
        .SelectMany((line, i) => InlineCode().Matches(line).Select(match => (match.Groups[1].Value.Trim(), i + 1)));

    /// <summary>The names under which the page's headings can be linked to, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors => Prose
        .Where(line => line.StartsWith('#'))
        .Select(line => NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    public static MarkdownPage Read(string path) => new(path);

    /// <summary>The pages that people read first: READMEs, docs and examples.</summary>
    public static IEnumerable<string> All() => new[] { "docs", "examples", "models" }
        .Select(folder => Repository.At(folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
        .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    private List<CodeBlock> FindBlocks(out string[] prose)
    {
        var blocks = new List<CodeBlock>();
        prose = [.. Lines];
        for (int i = 0; i < Lines.Length; i++)
        {
            if (!Lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                continue;
            int indentation = Lines[i].Length - Lines[i].TrimStart().Length;
            int end = Array.FindIndex(Lines, i + 1, line => line.Trim() == "```");
            Assert.True(end > 0, $"{Path}:{i + 1}: the block is never closed");
            blocks.Add(new(Lines[i].Trim()[3..].Trim(), string.Join('\n', Lines[(i + 1)..end].Select(line => line.Length >= indentation ? line[indentation..] : line)), i + 1));
            Array.Fill(prose, "", i, end - i + 1);
            i = end;
        }
        return blocks;
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
