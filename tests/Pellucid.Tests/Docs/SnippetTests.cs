using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Docs;

/// <summary>What the pages show is what the tests compile and run: the text of every C# block is the text of a region in this folder.</summary>
public sealed class SnippetTests
{
    [Fact]
    public void EverySnippetOfAPageIsCompiledAndRun()
    {
        var chapters = Chapter.All().ToDictionary(chapter => chapter.Page, chapter => chapter.Source);
        Assert.True(chapters.Count >= 3, $"only {chapters.Count} chapters found: is this test still looking in the right place?");
        foreach (var page in MarkdownPage.All().Select(MarkdownPage.Read))
        {
            CodeBlock[] shown = [.. page.Blocks.Where(block => block.Language == "csharp")];
            // The Chinese README shows the English one's snippets.
            string key = page.Path.Replace(".zh-CN.md", ".md");
            if (shown.Length == 0 && !chapters.ContainsKey(key))
                continue;
            Assert.True(chapters.TryGetValue(key, out string? source), $"{page.Path} has C# that no Chapter in tests/Pellucid.Tests/Docs runs");
            var snippets = Chapter.Snippets(source);
            Assert.True(shown.Length == snippets.Count, $"{page.Path} shows {shown.Length} snippets, its chapter runs {snippets.Count}");
            for (int i = 0; i < shown.Length; i++)
                Compare(page, shown[i], snippets[i], source);
        }
    }

    [Fact]
    public void EveryChapterBelongsToAPage() => Assert.All(Chapter.All(), chapter => Assert.True(File.Exists(Repository.At(chapter.Page)), chapter.Page));

    [Fact]
    public void EverySnippetIsFollowedByItsCheck() => Assert.All(Chapter.All(), chapter =>
        Assert.All(Enumerable.Range(1, Chapter.Snippets(chapter.Source).Count), n => Assert.Matches($@"\b(Shown|Ran)\({n}\)", chapter.Source)));

    /// <summary>Using directives cannot stand inside a method: they are at the top of the class's file.</summary>
    private static void Compare(MarkdownPage page, CodeBlock block, string snippet, string source)
    {
        string[] lines = block.Text.Split('\n');
        string[] directives = [.. lines.TakeWhile(line => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('='))];
        Assert.All(directives, directive => Assert.Contains("\n" + directive + "\n", "\n" + source));
        string body = string.Join('\n', lines[directives.Length..]).Trim('\n');
        Assert.True(body == snippet, $"{page.Path}:{block.Line}: the page shows\n{body}\nand the test runs\n{snippet}");
    }
}
