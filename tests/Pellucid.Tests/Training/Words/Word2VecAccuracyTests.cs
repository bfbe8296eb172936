using Pellucid.Tensors.Words;
using Pellucid.Text.Words;
using Pellucid.Training.Words;
using Pellucid.Words;

namespace Pellucid.Tests.Training.Words;

/// <summary>
/// Vectors are as good as gensim's: of a text of 40 topics, each with ten words of its own among 200 that all share, the share of words whose nearest word is of the same topic. gensim 4.2, seeds 1, 2 and 3:
/// <code>
/// def text(sentences, own):
///     state = 2013
///     def below(n):
///         nonlocal state
///         state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
///         return (state >> 33) * n >> 31
///     for _ in range(sentences):
///         topic = below(40)
///         yield [f"t{topic}w{below(1 + below(10))}" if below(10) &lt; own else f"c{below(1 + below(200))}" for _ in range(10)]
///
/// lines = list(text(6000, 3))  # skip-gram: text(5000, 2)
/// m = Word2Vec(lines, vector_size=50, window=5, negative=5, sample=1e-3, min_count=5, epochs=5, workers=1, sg=0, seed=1)
/// words = [w for w in {w for line in lines for w in line if w[0] == "t"} if w in m.wv]
/// sum(m.wv.most_similar(w, topn=1)[0][0].split("w")[0] == w.split("w")[0] for w in words) / len(words)
/// # skip-gram: 0.7861, 0.7746, 0.7775 of 346 words; CBOW: 0.8387, 0.8468, 0.8306 of 372 words
/// </code>
/// The same on 11.7 million words of reviews, with people's lists, is in docs/word-vectors.md.
/// </summary>
public sealed class Word2VecAccuracyTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pellucid-test-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(WindowModel.SkipGram, 5000, 2, 346, (0.7861 + 0.7746 + 0.7775) / 3)]
    [InlineData(WindowModel.Cbow, 6000, 3, 372, (0.8387 + 0.8468 + 0.8306) / 3)]
    public void NearestWordsAreOfTheirTopicAsOftenAsGensims(WindowModel model, int sentences, int own, int words, double gensims)
    {
        File.WriteAllLines(_path, Text(sentences, own));
        var corpus = WordCorpus.Read([_path]);
        double share = Enumerable.Range(1, 3).Average(seed => Share(corpus, model, (ulong)seed, words));
        Assert.True(share > gensims - 0.02, $"ours {share:0.0000}, gensim's {gensims:0.0000}");
    }

    private static double Share(WordCorpus corpus, WindowModel model, ulong seed, int words)
    {
        var learned = Word2Vec.Learn(corpus, new Word2VecOptions { Windows = new WindowOptions { Model = model, Width = 50 }, Seed = seed });
        var vectors = WordVectors.Of(corpus.Vocabulary, learned);
        string[] topical = [.. Enumerable.Range(0, corpus.Vocabulary.Count).Select(id => corpus.Vocabulary[id]).Where(word => word[0] == 't')];
        Assert.Equal(words, topical.Length);
        return topical.Average(word => vectors.Similar(word, 1)[0].Word.Split('w')[0] == word.Split('w')[0] ? 1.0 : 0.0);
    }

    private static IEnumerable<string> Text(int sentences, int own)
    {
        ulong state = 2013;
        for (int i = 0; i < sentences; i++)
        {
            int topic = Below(40);
            yield return string.Join(' ', Enumerable.Range(0, 10).Select(_ => Word(topic)).ToArray());
        }

        string Word(int topic) => Below(10) < own ? $"t{topic}w{Below(1 + Below(10))}" : $"c{Below(1 + Below(200))}";

        int Below(int n)
        {
            state = unchecked(state * 6364136223846793005 + 1442695040888963407);
            return (int)((state >> 33) * (ulong)n >> 31);
        }
    }
}
