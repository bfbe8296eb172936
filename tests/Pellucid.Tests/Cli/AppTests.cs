using System.Text;
using Pellucid.Cli;
using Pellucid.Cli.Flags;
using Pellucid.Cli.Verbs;

namespace Pellucid.Tests.Cli;

public sealed class AppTests
{
    public static TheoryData<string> Verbs => [.. VerbList.Names];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void HelpShowsEveryFlagAndExample(string name)
    {
        var verb = VerbList.All.Single(entry => entry.Name == name).Make();

        var outcome = CommandLine.Run([.. name.Split(' '), "--help"]);

        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.All(verb.Flags.All.SelectMany(flag => flag.Aliases.Prepend(flag.Name)), flag => Assert.Contains(flag, outcome.Output));
        Assert.All(verb.Examples, example => Assert.Contains(example.Line, outcome.Output));
        Assert.Equal(outcome.Output, CommandLine.Run(["help", .. name.Split(' ')]).Output);
        Assert.All(outcome.Lines, line => Assert.True(line.Length <= 180, line));
    }

    [Theory]
    [InlineData("abc", 2), InlineData("0", 2), InlineData("-1", 2), InlineData("2.5", 2), InlineData("257", 2), InlineData("2", 0), InlineData("", 0)]
    public void AThreadCountOfTheEnvironmentThatMakesNoSenseIsAUsageError(string value, int code)
    {
        using var error = new MemoryStream();
        using (var terminal = new Terminal(new MemoryStream(), new MemoryStream(), error, name => name == "PELLUCID_THREADS" ? value : null))
            Assert.Equal(code, App.Run(["config", "show"], terminal));
        string said = Encoding.UTF8.GetString(error.ToArray());
        Assert.Equal(code == 2, said.Contains($"PELLUCID_THREADS is '{value}'; a whole number from 1 to 256", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EveryExampleIsACommandLineThatParses(string name)
    {
        var entry = VerbList.All.Single(entry => entry.Name == name);
        var examples = entry.Make().Examples;
        Assert.NotEmpty(examples);
        foreach (string part in examples.SelectMany(example => example.Line.Split(" | ")))
        {
            string[] words = Words(part.Split(" < ")[0].Split(" > ")[0]);
            Assert.Equal("pellucid", words[0]);
            var found = VerbList.Find(words[1..], out var rest);
            Assert.NotNull(found);
            var verb = found.Make();
            UsageErrors.Throw(found, verb, App.Parse(verb, rest), rest);
        }
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void NoTwoFlagsShareAName(string name)
    {
        var verb = VerbList.All.Single(entry => entry.Name == name).Make();
        string[] names = [.. verb.Flags.All.SelectMany(flag => flag.Aliases.Prepend(flag.Name))];

        Assert.Equal(names.Distinct(), names);
        Assert.All(verb.Flags.All, flag => Assert.Matches("^--[a-z0-9]+(-[a-z0-9]+)*$", flag.Name));
    }

    [Fact]
    public void WithoutAVerbTheOverviewIsBadUsage()
    {
        var outcome = CommandLine.Run();

        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.All(VerbList.Names, name => Assert.Contains(name, outcome.Error));
        Assert.Equal(outcome.Error, CommandLine.Run("--help").Output);
    }

    [Theory]
    [InlineData("tranlsate", "did you mean 'translate'?")]
    [InlineData("tokenizer trian", "did you mean 'train'?")]
    [InlineData("checkpoint averge", "did you mean 'average'?")]
    [InlineData("--modell x", "pellucid --help")]
    [InlineData("xyzzyxyzzy", "there is: translate")]
    public void AnUnknownVerbSuggestsTheNearest(string line, string expected) => Assert.Contains(expected, CommandLine.Run(line.Split(' ')).Failure(2));

    [Fact]
    public void AGroupOfVerbsListsItsOwn()
    {
        Assert.Equal(2, CommandLine.Run("tokenizer").Code);
        Assert.DoesNotContain("checkpoint", CommandLine.Run("tokenizer", "--help").Output);
    }

    [Fact]
    public void TheVersionIsOneLine() => Assert.Matches(@"^pellucid \d+\.\d+\.\d+\n$", CommandLine.Run("--version").Output);

    [Fact]
    public void TheStackIsShownOnlyOnRequest()
    {
        Assert.DoesNotContain("   at ", CommandLine.Run("checkpoint", "info", "nowhere").Error);
        Assert.Contains("   at ", CommandLine.Run("checkpoint", "info", "nowhere", "--verbose").Error);
    }

    [Fact]
    public void AReaderThatHasGoneEndsTheWorkQuietly()
    {
        var outcome = RunInto(new FailingStream(new IOException("Broken pipe", 32)), out string error);

        Assert.Equal((1, ""), (outcome, error));
    }

    [Fact]
    public void AFullDiskBehindStdoutIsOneLine()
    {
        var outcome = RunInto(new FailingStream(new IOException("No space left on device", 28)), out string error);

        Assert.Equal((1, "pellucid: the output could not be written: No space left on device\n"), (outcome, error));
    }

    private static int RunInto(Stream output, out string error)
    {
        using var said = new MemoryStream();
        using (var terminal = new Terminal(new MemoryStream(), output, said, _ => null))
        {
            int code = App.Run(["config", "show"], terminal);
            terminal.Error.Flush();
            error = Encoding.UTF8.GetString(said.ToArray());
            return code;
        }
    }

    private static string[] Words(string line)
    {
        var words = new List<string>();
        foreach (var (piece, index) in line.Split('"').Select((piece, index) => (piece, index)))
            words.AddRange(index % 2 == 1 ? [piece] : piece.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return [.. words];
    }

    private sealed class FailingStream(IOException failure) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw failure;

        public override void Write(ReadOnlySpan<byte> buffer) => throw failure;
    }
}
