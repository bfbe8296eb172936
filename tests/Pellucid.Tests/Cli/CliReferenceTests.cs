using Pellucid.Cli.Help;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Cli;

/// <summary>docs/cli.md says what the tool does. After an intended change run once with PELLUCID_APPROVE=1 and commit what it wrote.</summary>
public sealed class CliReferenceTests
{
    [Fact]
    public void TheReferencePageIsTheGeneratedOne()
    {
        string file = Repository.At("docs", "cli.md"), generated = CliReference.Markdown();
        if (Environment.GetEnvironmentVariable("PELLUCID_APPROVE") == "1")
        {
            Directory.CreateDirectory(Repository.At("docs"));
            File.WriteAllText(file, generated);
        }

        Assert.True(File.Exists(file), "docs/cli.md is missing; write it with PELLUCID_APPROVE=1");
        Assert.Equal(generated, File.ReadAllText(file).ReplaceLineEndings("\n"));
    }
}
