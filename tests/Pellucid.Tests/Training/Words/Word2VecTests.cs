using Pellucid.Tensors;
using Pellucid.Tensors.Words;
using Pellucid.Text.Words;
using Pellucid.Training.Words;

namespace Pellucid.Tests.Training.Words;

public sealed class Word2VecTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pellucid-test-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(WindowModel.Cbow, false)]
    [InlineData(WindowModel.CbowSum, false)]
    [InlineData(WindowModel.SkipGram, false)]
    [InlineData(WindowModel.Cbow, true)]
    [InlineData(WindowModel.SkipGram, true)]
    public void WordsThatStandInTheSamePlacesGetTheSameDirection(WindowModel model, bool isHierarchical)
    {
        var corpus = Kings();
        var vectors = Word2Vec.Learn(corpus, Options(model, isHierarchical));
        // "king" and "queen" share their contexts, "king" and "bread" share none.
        double near = Cosine(vectors, corpus, "king", "queen"), far = Cosine(vectors, corpus, "king", "bread");
        Assert.True(near > 0.6 && near > far + 0.3, $"king, queen: {near:0.000}; king, bread: {far:0.000}");
    }

    [Theory]
    [InlineData(WindowModel.Cbow, false)]
    [InlineData(WindowModel.SkipGram, true)]
    public void AnyNumberOfThreadsLearnsTheSameBits(WindowModel model, bool isHierarchical)
    {
        var corpus = Kings();
        int before = Threading.Count;
        try
        {
            var all = new List<float[]>();
            foreach (int threads in (int[])[1, 2, 5])
            {
                Threading.Count = threads;
                all.Add(All(Word2Vec.Learn(corpus, Options(model, isHierarchical))));
            }
            Assert.All(all, other => Assert.Equal(all[0], other));
        }
        finally
        {
            Threading.Count = before;
        }
    }

    [Fact]
    public void ATextThatIsReadAgainGivesTheSameBitsAsOneInMemory()
    {
        var (memory, file) = (Kings(), Kings(wordsInMemory: 100));
        Assert.True(memory.IsInMemory);
        Assert.False(file.IsInMemory);
        Assert.Equal(All(Word2Vec.Learn(memory, Options())), All(Word2Vec.Learn(file, Options())));
    }

    [Fact]
    public void AnotherSeedGivesOtherVectors() =>
        Assert.NotEqual(All(Word2Vec.Learn(Kings(), Options())), All(Word2Vec.Learn(Kings(), Options() with { Seed = 2 })));

    [Fact]
    public void CancellingGivesWhatIsLearnedSoFar()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var vectors = Word2Vec.Learn(Kings(), Options(), null, cancellation.Token);
        Assert.True(vectors.Row(0, asTarget: true).AsSpan().IndexOfAnyExcept(0f) < 0);
    }

    [Fact]
    public void TheLastReportTellsThatAllWordsWereRead()
    {
        var reports = new List<Word2VecProgress>();
        var corpus = Kings();
        Word2Vec.Learn(corpus, Options() with { Epochs = 3 }, new Direct(reports.Add));
        Assert.Equal(3 * corpus.Vocabulary.Total, reports[^1].Words);
        Assert.Equal(reports[^1].TotalWords, reports[^1].Words);
    }

    [Fact]
    public void ATextThatGrewSinceItWasCountedKeepsTheRateAboveItsMinimum()
    {
        var corpus = Kings(wordsInMemory: 100);
        File.AppendAllText(_path, string.Concat(Enumerable.Repeat(File.ReadAllText(_path), 20)));
        var reports = new List<Word2VecProgress>();
        Word2Vec.Learn(corpus, Options() with { Epochs = 2 }, new Direct(reports.Add));
        Assert.All(reports, report => Assert.InRange(report.LearningRate, new Word2VecOptions().MinimumLearningRate, 0.05));
        Assert.All(reports, report => Assert.InRange(report.Words, 1, report.TotalWords));
        Assert.All(reports, report => Assert.True(report.Left >= TimeSpan.Zero));
    }

    private static Word2VecOptions Options(WindowModel model = WindowModel.Cbow, bool isHierarchical = false) => new()
    {
        Windows = new WindowOptions
        {
            Model = model, Width = 20, Window = 3, Batch = 16,
            Targets = isHierarchical ? new WindowTargets.HuffmanPaths() : new WindowTargets.NegativeSamples(),
        },
        Epochs = 10, Sample = 0, LearningRate = 0.05,
    };

    /// <summary>Sentences of two subjects: a ruler rules, a food is eaten.</summary>
    private WordCorpus Kings(long wordsInMemory = 1 << 20)
    {
        string[] rulers = ["king", "queen", "prince"], lands = ["land", "castle", "throne", "people"], foods = ["bread", "cheese", "soup"], meals = ["supper", "table", "plate", "hunger"];
        var rng = new Rng(11);
        ulong draw = 0;
        string Pick(string[] words) => words[rng.Below(words.Length, draw++)];
        File.WriteAllLines(_path, Enumerable.Range(0, 300).Select(i => i % 2 == 0
            ? $"the {Pick(rulers)} rules the {Pick(lands)} and the {Pick(lands)}"
            : $"we eat {Pick(foods)} for {Pick(meals)} with {Pick(meals)}"));
        return WordCorpus.Read([_path], new WordCorpusOptions { WordsInMemory = wordsInMemory });
    }

    private static float[] All(WindowEmbeddings vectors) => [.. Enumerable.Range(0, vectors.Rows).SelectMany(row => vectors.Row(row))];

    private static double Cosine(WindowEmbeddings vectors, WordCorpus corpus, string a, string b)
    {
        float[] x = vectors.Row(corpus.Vocabulary.IdOf(a)), y = vectors.Row(corpus.Vocabulary.IdOf(b));
        double xy = 0, xx = 0, yy = 0;
        for (int d = 0; d < x.Length; d++) (xy, xx, yy) = (xy + x[d] * y[d], xx + x[d] * x[d], yy + y[d] * y[d]);
        return xy / Math.Sqrt(xx * yy);
    }

    private sealed class Direct(Action<Word2VecProgress> report) : IProgress<Word2VecProgress>
    {
        public void Report(Word2VecProgress value) => report(value);
    }
}
