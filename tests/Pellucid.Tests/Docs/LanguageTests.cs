namespace Pellucid.Tests.Docs;

/// <summary>The two READMEs are one page in two languages.</summary>
public sealed class LanguageTests
{
    private readonly MarkdownPage english = MarkdownPage.Read("README.md");
    private readonly MarkdownPage chinese = MarkdownPage.Read("README.zh-CN.md");

    [Fact]
    public void BothHaveTheSameSections() => Assert.Equal(english.Prose.Count(IsHeading), chinese.Prose.Count(IsHeading));

    [Fact]
    public void BothHaveTheSameTables() => Assert.Equal(english.Prose.Count(IsRow), chinese.Prose.Count(IsRow));

    [Fact]
    public void BothLinkToTheSamePages() => Assert.Equal(Targets(english), Targets(chinese));

    [Fact]
    public void BothShowTheSameCommands() => Assert.Equal(Commands(english), Commands(chinese));

    private static bool IsHeading(string line) => line.StartsWith('#');

    private static bool IsRow(string line) => line.StartsWith('|');

    private static IEnumerable<string> Targets(MarkdownPage page) => page.Links.Select(link => link.Target).Where(target => !target.StartsWith("README", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Commands(MarkdownPage page) => page.Blocks.Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n')).Select(line => line.Split('#')[0].Trim());
}
