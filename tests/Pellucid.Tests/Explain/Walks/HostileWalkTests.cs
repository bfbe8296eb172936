using Pellucid.Explain.Traces;
using Pellucid.Explain.Walks;

namespace Pellucid.Tests.Explain.Walks;

/// <summary>Tokens that somebody made to break out: whatever a piece holds, it is shown and never obeyed.</summary>
public sealed class HostileWalkTests
{
    public static TheoryData<string> Pieces =>
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a | b ` c ``` d", "![x](http://example.org/x) [y](javascript:z)", "\u202E\u2066evil\u200F", "🏳️‍🌈👩‍👩‍👧‍👦", "\u001b]0;title\u0007\u009b2J\0",
        "line\nbreak\r\n\u2028", "{width} {nowhere} %s", "[red]markup[/]", "", new string('x', 10_000), new string('漢', 10_000), "half " + (char)0xD83D,
    ];

    [Theory]
    [MemberData(nameof(Pieces))]
    public void EveryStepAndCellIsWrittenWithoutObeyingAPiece(string piece)
    {
        var explained = TutorialModel.Explained;
        var header = explained.Trace.Header;
        TraceToken[] Hostile(IReadOnlyList<TraceToken> tokens) => [.. tokens.Select(token => token with { Piece = piece, Start = 0, End = 900 })];
        var trace = explained.Trace with
        {
            Header = header with { Source = Hostile(header.Source), Target = Hostile(header.Target), Answer = Hostile(header.Answer), Text = piece, Translation = piece },
        };
        var walk = new Walk(trace, explained.Search, _ => piece);
        using var text = new StringWriter { NewLine = "\n" };
        using var markdown = new StringWriter { NewLine = "\n" };
        foreach (int index in Enumerable.Range(0, walk.Steps.Count).Where(index => walk.Steps[index].Layer is null || index % 3 == 0))
        {
            var content = StepView.Of(walk, index, new ContentOptions());
            ContentText.Write(text, content);
            ContentMarkdown.Write(markdown, content);
            if (walk.Steps[index].Tensor is { } tensor)
                ContentText.Write(text, CellView.Of(walk, tensor, new int[trace.Find(tensor)!.Shape.Length], new ContentOptions()));
        }

        Assert.DoesNotContain(text.ToString(), Obeyed);
        Assert.DoesNotContain(markdown.ToString(), Obeyed);
        string outsideCode = string.Concat(markdown.ToString().Split('\n').Select(line => line.Contains('`') ? "" : line + "\n"));
        Assert.DoesNotMatch(@"<\w|(?<!\\)!\[|(?<!\\)\]\(", outsideCode);
        Assert.All(text.ToString().Split('\n'), line => Assert.True(line.Length < 12_000, $"{line.Length} characters in a line"));
    }

    private static bool Obeyed(char c) => char.IsControl(c) && c != '\n' || c is '\u202E' or '\u2066' or '\u200F' or '\u2028';
}
