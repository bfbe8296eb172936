using Pellucid.Text.Sentences;

namespace Pellucid.Tests.Text.Sentences;

public sealed class SentenceSplitterTests
{
    private static List<string> Split(string text) => [.. SentenceSplitter.Split(text).Select(span => text.Substring(span.Start, span.Length))];

    [Theory]
    [InlineData("I am hungry. Where is the library? Stop!", "I am hungry. |Where is the library? |Stop!")]
    [InlineData("Mr. Smith met Dr. Jones at 3.15 p.m. in the U.K. office. He left.", "Mr. Smith met Dr. Jones at 3.15 p.m. in the U.K. office. |He left.")]
    [InlineData("J. R. R. Tolkien wrote it. See No. 5 and fig. 3. It is long.", "J. R. R. Tolkien wrote it. |See No. 5 and fig. 3. |It is long.")]
    [InlineData("El Sr. García vive en EE. UU. desde 1990. ¿Y usted? ¡Vaya!", "El Sr. García vive en EE. UU. desde 1990. |¿Y usted? |¡Vaya!")]
    [InlineData("\"Stop!\" he cried. \"Why?\" She ran.", "\"Stop!\" he cried. |\"Why?\" |She ran.")]
    [InlineData("Well... maybe. Well... Maybe.", "Well... maybe. |Well... |Maybe.")]
    [InlineData("我饿了。图书馆在哪里？谢谢！", "我饿了。|图书馆在哪里？|谢谢！")]
    [InlineData("one line\n\nanother line\nthird", "one line\n\n|another line\n|third")]
    [InlineData("  \n Leading space. End.  ", "  \n Leading space. |End.  ")]
    [InlineData("Version 2.0.1 at www.example.org is out", "Version 2.0.1 at www.example.org is out")]
    [InlineData("It was I. Then he went.", "It was I. |Then he went.")]
    [InlineData("no end", "no end")]
    public void SentencesEndWhereAReaderEndsThem(string text, string expected) => Assert.Equal(expected.Split('|'), Split(text));

    [Fact]
    public void AnEmptyTextHasNoSentences() => Assert.Empty(SentenceSplitter.Split(""));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void TheSpansCoverTheTextWhateverItIs(int maximumLength)
    {
        foreach (var text in SomeText.Random(1000, seed: 13))
        {
            var at = 0;
            foreach (var span in SentenceSplitter.Split(text, maximumLength))
            {
                Assert.Equal(at, span.Start);
                Assert.True(span.Length > 0);
                Assert.False(char.IsLowSurrogate(text[span.Start]));
                at = span.End;
            }
            Assert.Equal(text.Length, at);
        }
    }

    [Fact]
    public void ALongSentenceIsDividedAtAClauseThenAtASpaceThenAnywhere()
    {
        Assert.Equal(["one two three, ", "four five six"], Parts("one two three, four five six", 20));
        Assert.Equal(["one two three ", "four five six"], Parts("one two three four five six", 20));
        Assert.Equal(["abcdefghij", "klmnopqrst"], Parts("abcdefghijklmnopqrst", 12));
        Assert.Equal(["图书馆在这里，", "我不在那里"], Parts("图书馆在这里，我不在那里", 8));
        Assert.Equal(["e\u0301", "e\u0301"], Parts("e\u0301e\u0301", 2));
    }

    [Fact]
    public void AMillionLettersWithoutASpaceAreDividedInTime()
    {
        var spans = SentenceSplitter.Split(new string('x', 1_000_000), 100);
        Assert.All(spans, span => Assert.InRange(span.Length, 1, 100));
        Assert.Equal(1_000_000, spans.Sum(span => span.Length));
    }

    private static List<string> Parts(string text, int maximumLength) =>
        [.. SentenceSplitter.Split(text, maximumLength).Select(span => text.Substring(span.Start, span.Length))];
}
