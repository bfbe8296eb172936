using System.CommandLine;
using System.Text.RegularExpressions;
using Pellucid.Cli.Verbs;
using Pellucid.Tests.Conventions;
using Pellucid.Training.Configuration;

namespace Pellucid.Tests.Docs;

/// <summary>What a page tells people to type can be typed: verbs, flags, settings, scripts and config files are there.</summary>
public sealed partial class CommandTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All().Where(path => MarkdownPage.Read(path).Blocks.Any(block => block.Language == "sh"))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void CommandsCanBeTyped(string path)
    {
        foreach (var block in MarkdownPage.Read(path).Blocks.Where(block => block.Language == "sh"))
            foreach (string line in block.Text.Split('\n'))
                foreach (string command in Comment().Replace(line, "").Split('|', '&').Select(part => part.Trim()).Where(part => part.Length > 0))
                    Check($"{path}:{block.Line}: {command}", Words(command));
    }

    [Fact]
    public void ConfigsOfExamplesCanBeRead()
    {
        string[] configs = Directory.GetFiles(Repository.At("examples"), "*.json", SearchOption.AllDirectories);
        Assert.True(configs.Length >= 3, "the examples have no configs");
        Assert.All(configs, path => Assert.True(TrainConfigFile.Read(path).Config.TrainerOptions().MaxSteps > 0));
    }

    private static void Check(string where, string[] words)
    {
        if (words[0] == "./pellucid")
            CheckTool(where, words[1..]);
        else if (words[0].Contains('/'))
            Assert.True(File.Exists(Repository.At(words[0])), $"{where}: there is no {words[0]}");
        foreach (string file in words.Where(word => word.StartsWith("examples/", StringComparison.Ordinal)))
            Assert.True(File.Exists(Repository.At(file)), $"{where}: there is no {file}");
    }

    private static void CheckTool(string where, string[] words)
    {
        if (words is ["--version" or "--help" or "--install-sdk"])
            return;
        var entry = VerbList.Find(words, out var rest);
        Assert.True(entry is not null, $"{where}: there is no such verb");
        var verb = entry.Make();
        verb.AddGeneralFlags();
        var command = new Command("\u0001");
        verb.Flags.Into(command);
        if (verb.Words is { } free)
            command.Arguments.Add(free);
        var errors = command.Parse(rest).Errors;
        Assert.True(errors.Count == 0, $"{where}: {string.Join("; ", errors)}");
        for (int i = 0; i + 1 < rest.Count; i++)
            if (rest[i] is "--set" or "-s")
                Assert.NotNull(TrainSchema.Schema.Parse(rest[i + 1]));
    }

    private static string[] Words(string command) => [.. Word().Matches(command).Select(match => match.Value.Trim('"', '\'')).TakeWhile(word => word is not (">" or "<"))];

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("""
        "[^"]*"|'[^']*'|[^\s"']+
        """)]
    private static partial Regex Word();
}
