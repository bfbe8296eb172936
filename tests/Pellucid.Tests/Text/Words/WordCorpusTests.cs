using System.Text;
using Pellucid.Text;
using Pellucid.Text.Words;

namespace Pellucid.Tests.Text.Words;

public sealed class WordCorpusTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pellucid-test-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void WordsAreSortedByCountAndThenByTheirFirstOccurrence()
    {
        var corpus = Corpus("b a c a\nc a b\r\n\n d\te");
        Assert.Equal(["a", "b", "c", "d", "e"], Words(corpus));
        Assert.Equal([3, 2, 2, 1, 1], corpus.Vocabulary.Counts.ToArray());
        Assert.Equal((9, 3), (corpus.Words, corpus.Sentences));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(0)]
    public void ATextAsIdsLeavesOutRareWordsAndMarksTheEndsOfSentences(long wordsInMemory)
    {
        var corpus = Corpus("a b a\nx\n\na b y\n", 2, wordsInMemory);
        Assert.Equal(wordsInMemory > 0, corpus.IsInMemory);
        Assert.Equal([0, 1, 0, -1, -1, 0, 1, -1], Ids(corpus, 3));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(0)]
    public void ALongSentenceIsCut(long wordsInMemory)
    {
        var corpus = Corpus(string.Join(' ', Enumerable.Repeat("a", 25_000)), 1, wordsInMemory);
        int[] ids = Ids(corpus, 700);
        Assert.Equal([10_000, 20_001, 25_002], ids.Index().Where(item => item.Item < 0).Select(item => item.Index));
    }

    [Fact]
    public void AWordAcrossTheReadersBufferIsOneWord()
    {
        string[] words = [.. Enumerable.Range(0, 300_000).Select(i => FormattableString.Invariant($"word{i}"))];
        var corpus = Corpus(string.Join(' ', words));
        Assert.Equal(words, Words(corpus));
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(i * 299, corpus.Vocabulary.IdOf(FormattableString.Invariant($"word{i * 299}"))));
    }

    [Fact]
    public void AByteOrderMarkIsNoPartOfTheFirstWord()
    {
        File.WriteAllText(_path, "one two", new UTF8Encoding(true));
        Assert.Equal(["one", "two"], Words(WordCorpus.Read([_path], new WordCorpusOptions { MinimumCount = 1 })));
    }

    [Fact]
    public void BytesThatAreNotUtf8AreAnErrorThatNamesTheLine()
    {
        File.WriteAllBytes(_path, [.. "good\nbad "u8, 0xFF, 0xFE, .. "\n"u8]);
        var error = Assert.Throws<CorpusException>(() => WordCorpus.Read([_path]));
        Assert.Equal((_path, 2), (error.File, error.Line));
    }

    [Theory]
    [InlineData("", "no words")]
    [InlineData("a b c", "minimum count")]
    public void ATextWithoutAVocabularyIsAnError(string text, string says)
    {
        File.WriteAllText(_path, text);
        Assert.Contains(says, Assert.Throws<CorpusException>(() => WordCorpus.Read([_path])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWordOfAMegabyteIsAnError()
    {
        File.WriteAllText(_path, new string('a', 1 << 20));
        Assert.Contains("separated by blanks", Assert.Throws<CorpusException>(() => WordCorpus.Read([_path])).Message, StringComparison.Ordinal);
    }

    private WordCorpus Corpus(string text, int minimum = 1, long wordsInMemory = 1 << 20)
    {
        File.WriteAllText(_path, text);
        return WordCorpus.Read([_path], new WordCorpusOptions { MinimumCount = minimum, WordsInMemory = wordsInMemory });
    }

    private static string[] Words(WordCorpus corpus) => [.. Enumerable.Range(0, corpus.Vocabulary.Count).Select(id => corpus.Vocabulary[id])];

    private static int[] Ids(WordCorpus corpus, int piece)
    {
        using var ids = corpus.Ids();
        var all = new List<int>();
        int[] some = new int[piece];
        while (ids.Read(some) is > 0 and int read) all.AddRange(some[..read]);
        return [.. all];
    }
}
