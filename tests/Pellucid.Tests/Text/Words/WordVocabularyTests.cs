using Pellucid.Text;
using Pellucid.Text.Words;

namespace Pellucid.Tests.Text.Words;

public sealed class WordVocabularyTests
{
    [Theory]
    [InlineData("", "no word")]
    [InlineData("two words", "no word")]
    [InlineData("one", "twice")]
    public void AWordThatIsNoneIsTold(string word, string says) =>
        Assert.Contains(says, Assert.Throws<TextException>(() => new WordVocabulary(["one", word], [2, 1])).Message, StringComparison.Ordinal);

    // No attribute can hold such a string.
    [Fact]
    public void HalfOfACharacterIsNoWord()
    {
        foreach (string word in (string[])["half\uD83D", "\uDE00half", "\uDE00\uD83D"])
            Assert.Contains("the word 2 is not Unicode", Assert.Throws<TextException>(() => new WordVocabulary(["one", word], [2, 1])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 0)]
    [InlineData(-1, -1)]
    public void CountsArePositiveAndFall(long first, long second) => Assert.Throws<ArgumentException>(() => new WordVocabulary(["one", "two"], [first, second]));

    [Fact]
    public void ThereAreAsManyCountsAsWords() => Assert.Throws<ArgumentException>(() => new WordVocabulary(["one", "two"], [1]));

    [Fact]
    public void HalfOfACharacterIsNotFoundAsTheReplacementOfOne()
    {
        var vocabulary = new WordVocabulary(["\U0001F600", "\uFFFD"], [3, 3]);
        Assert.Equal((0, 1, -1), (vocabulary.IdOf("\U0001F600"), vocabulary.IdOf("\uFFFD"), vocabulary.IdOf("\uD83D")));
    }
}
