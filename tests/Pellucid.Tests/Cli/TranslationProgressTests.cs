using System.Text;
using Pellucid.Cli;
using Pellucid.Cli.Progress;
using Pellucid.Models.Generation;

namespace Pellucid.Tests.Cli;

public sealed class TranslationProgressTests
{
    [Fact]
    public void TheLineTellsSentencesAndTokensASecond() =>
        Assert.Equal("translated 12/1000 sentences  1600 tokens/s", TranslationProgressLine.Line(new GenerationProgress(12, 1000, 400), TimeSpan.FromSeconds(0.25)));

    [Fact]
    public void ATerminalSeesOneLineThatIsTakenAwayAtTheEnd()
    {
        string shown = Shown(isTerminal: true, wait: TimeSpan.FromMilliseconds(120));
        Assert.Contains("translated 3/7 sentences", shown);
        Assert.DoesNotContain('\n', shown);
        Assert.EndsWith("\r\u001b[2K", shown);
    }

    [Fact]
    public void ALogIsNotFilledWithLinesOfShortWork() => Assert.Equal("", Shown(isTerminal: false, wait: TimeSpan.Zero));

    private static string Shown(bool isTerminal, TimeSpan wait)
    {
        var error = new MemoryStream();
        using (var terminal = new Terminal(new MemoryStream(), new MemoryStream(), error, _ => null) { ErrorIsTerminal = isTerminal })
        using (var line = new TranslationProgressLine(terminal))
        {
            Thread.Sleep(wait);
            line.Report(new GenerationProgress(3, 7, 20));
        }
        return Encoding.UTF8.GetString(error.ToArray());
    }
}
