using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Docs;

/// <summary>What a page points at is there.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void LinksLeadSomewhere(string path)
    {
        var page = MarkdownPage.Read(path);
        foreach (var (target, line) in page.Links)
        {
            if (target.Contains("://", StringComparison.Ordinal))
                continue;
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.At(path), "..", parts[0]))).Replace('\\', '/');
            Assert.True(Path.Exists(Repository.At(file)), $"{path}:{line}: {target} is not there");
            if (parts.Length == 2)
                Assert.True(MarkdownPage.Read(file).Anchors.Contains(parts[1]), $"{path}:{line}: {file} has no heading #{parts[1]}");
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    [InlineData("docs/notation.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/checkpoint-format.md")]
    [InlineData("docs/performance.md")]
    public void ThePageIsThere(string path) => Assert.Contains(path, MarkdownPage.All());
}
