using Pellucid.Text.Metrics;

namespace Pellucid.Tests.Text.Metrics;

public class BleuTokenizerTests
{
    // Each expectation follows from the four rules of mteval-v13a, applied in order.
    [Theory]
    [InlineData("Hello, world.", "Hello , world .")]
    [InlineData("It costs 1,234.50 (net).", "It costs 1,234.50 ( net ) .")]
    [InlineData("version 2. Then", "version 2 . Then")]
    [InlineData("pages 3-5, well-known", "pages 3 - 5 , well-known")]
    [InlineData("don't \"quote\"", "don't \" quote \"")]
    [InlineData("&quot;A &amp; B&quot; &lt;x&gt;", "\" A & B \" < x >")]
    [InlineData("a<skipped>b", "ab")]
    [InlineData("„Ja“ – sagte er…", "„Ja“ – sagte er…")]
    [InlineData("a..b", "a . . b")]
    [InlineData("5..6", "5 . . 6")]
    [InlineData("\ufeffFirst  word\u00a0here ", "\ufeffFirst word here")]
    [InlineData("", "")]
    public void V13aSeparatesWhatMtevalSeparates(string segment, string words) => Cuts(BleuTokenizer.V13a, segment, words);

    [Theory]
    [InlineData("我爱C#，3.5元。", "我 爱 C # ， 3.5 元 。")]
    [InlineData("他说“好”。", "他 说 “ 好 ” 。")]
    [InlineData("\U00020000\U00020001字", "\U00020000\U00020001 字")]
    public void ChineseCharactersStandAlone(string segment, string words) => Cuts(BleuTokenizer.Chinese, segment, words);

    [Theory]
    [InlineData("„Ja“, 1.5€ – \U0001F600!", "„ Ja “ , 1.5 € – \U0001F600 !")]
    [InlineData("In 2017.", "In 2017.")]
    public void InternationalSeparatesUnicodePunctuation(string segment, string words) =>
        Cuts(BleuTokenizer.International, segment, words);

    [Theory]
    [InlineData("ab \U0001F600c", "a b \U0001F600 c")]
    public void CharactersAreCodePoints(string segment, string words) => Cuts(BleuTokenizer.Character, segment, words);

    [Fact]
    public void WhiteSpaceIsPythons() => Cuts(BleuTokenizer.None, " a\u2003b\u001cc\u200bd.\ufeff ", "a b c\u200bd.\ufeff");

    private static void Cuts(BleuTokenizer tokenizer, string segment, string words) =>
        Assert.Equal(words, string.Join(' ', tokenizer.Words(segment)));
}
