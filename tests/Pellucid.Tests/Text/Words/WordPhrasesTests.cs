using Pellucid.Text;
using Pellucid.Text.Words;

namespace Pellucid.Tests.Text.Words;

/// <summary>
/// The numbers are gensim 4.2's:
/// <code>
/// lines = [[f"a{i%5}", "new", "york", "city", f"b{i%7}", f"c{i%3}", "hot", f"d{i%2}", "hot", "dog"] for i in range(40)]
/// p = Phrases(lines, min_count=3, threshold=0.6)
/// p.export_phrases(), p[lines[0]], p[["york", "new", "york", "city", "hot", "hot", "dog", "city"]]
/// </code>
/// </summary>
public sealed class WordPhrasesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pellucid-test-").FullName;

    private static readonly WordPhraseOptions Options = new() { MinimumCount = 3, Threshold = 0.6 };

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void ScoresAreGensims()
    {
        var phrases = WordPhrases.Learn([Text()], Options);
        var scores = phrases.All.ToDictionary(phrase => phrase.First + "_" + phrase.Second, phrase => phrase.Score);
        Assert.Equal(22, phrases.Count);
        Assert.Equal(["new_york", "york_city", "a0_new"], scores.Keys.Take(3));
        (string Phrase, double Score)[] wanted =
        [
            ("new_york", 1.503125), ("york_city", 1.503125), ("a3_new", 1.015625), ("city_b4", 0.8125), ("hot_dog", 0.7515625), ("d1_hot", 0.690625), ("hot_d0", 0.690625),
            ("city_b6", 0.65), ("c0_hot", 0.6383928571428571), ("c2_hot", 0.625),
        ];
        foreach (var (phrase, score) in wanted) Assert.Equal(score, scores[phrase], 1e-12);
    }

    [Fact]
    public void PhrasesAreJoinedFromLeftToRightAsGensimDoes()
    {
        var phrases = WordPhrases.Learn([Text()], Options);
        Assert.Equal(["a0_new", "york_city", "b0", "c0_hot", "d0_hot", "dog"], phrases.Join("a0 new york city b0 c0 hot d0 hot dog".Split(' ')));
        Assert.Equal(["york", "new_york", "city", "hot", "hot_dog", "city"], phrases.Join("york new york city hot hot dog city".Split(' ')));
    }

    [Fact]
    public void AFileIsJoinedAsItsLinesAre()
    {
        var phrases = WordPhrases.Learn([Text()], Options);
        string joined = Path.Combine(_folder, "joined");
        phrases.Write([Text()], joined);
        Assert.Equal(File.ReadLines(Text()).Select(line => string.Join(' ', phrases.Join(line.Split(' ')))), File.ReadLines(joined));
    }

    [Fact]
    public void AFileMayBeWrittenOverItself()
    {
        var phrases = WordPhrases.Learn([Text()], Options);
        string[] wanted = [.. File.ReadLines(Text()).Select(line => string.Join(' ', phrases.Join(line.Split(' '))))];
        phrases.Write([Path.Combine(_folder, "text")], Path.Combine(_folder, "text"));
        Assert.Equal(wanted, File.ReadLines(Path.Combine(_folder, "text")));
        Assert.Throws<CorpusException>(() => phrases.Write([Path.Combine(_folder, "none")], Path.Combine(_folder, "text")));
        Assert.Equal(wanted, File.ReadLines(Path.Combine(_folder, "text")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void WordsOfTwoSentencesAreNoPhrase()
    {
        string path = Path.Combine(_folder, "two");
        File.WriteAllText(path, string.Concat(Enumerable.Repeat("new\nyork\n", 50)));
        Assert.Equal(0, WordPhrases.Learn([path], Options with { Threshold = 0 }).Count);
    }

    [Fact]
    public void TextThatIsNotUtf8IsTold()
    {
        string path = Path.Combine(_folder, "bad");
        File.WriteAllBytes(path, [(byte)'a', (byte)'\n', 0xFF, 0xFE]);
        Assert.Contains("not UTF-8", Assert.ThrowsAny<TextException>(() => WordPhrases.Learn([path])).Message);
    }

    private string Text()
    {
        string path = Path.Combine(_folder, "text");
        File.WriteAllLines(path, Enumerable.Range(0, 40).Select(i => $"a{i % 5} new york city b{i % 7} c{i % 3} hot d{i % 2} hot dog"));
        return path;
    }
}
