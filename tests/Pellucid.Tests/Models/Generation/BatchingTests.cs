using Pellucid.Models.Generation;

namespace Pellucid.Tests.Models.Generation;

public sealed class BatchingTests
{
    private static readonly int[][] Sources = [.. Enumerable.Range(0, 64).Select(i => Enumerable.Range(0, 1 + i * 7 % 13).Select(t => 3 + (t * 5 + i) % 9).ToArray())];

    public static TheoryData<Search> Searches => [new Search.Greedy(), new Search.Beam(4), new Search.Sample(17) { TopP = 0.9 }];

    [Theory, MemberData(nameof(Searches))]
    public void ASentenceAloneEqualsItselfInAnyBatch(Search search)
    {
        var options = new DecodingOptions { Search = search, Best = search is Search.Greedy ? 1 : 3, Alignment = true, CoveragePenalty = 0.1 };
        var model = new HashedModel(11, vocabularySize: 15) { EndBias = 1 };
        var together = Generator.Generate(model, Sources, options with { RowBudget = 1000 });
        foreach (int rows in (int[])[1, 8, 31])
        {
            var inBatches = Generator.Generate(model, Sources, options with { RowBudget = rows });
            for (int i = 0; i < Sources.Length; i++)
                Bits.Equal(together[i], inBatches[i]);
        }
        if (search is not Search.Sample) // a sample's draws belong to the sentence's number
            for (int i = 0; i < Sources.Length; i++)
                Bits.Equal(together[i], Generator.Generate(model, [Sources[i]], options)[0]);
    }

    [Fact]
    public void AnswersComeInTheOrderOfTheSources()
    {
        var model = new HashedModel(0, vocabularySize: 15) { Rule = (source, prefix) => OneHot(15, prefix.Length < source.Length ? source[prefix.Length] : 2) };
        var found = Generator.Generate(model, Sources, new DecodingOptions { RowBudget = 20 });
        for (int i = 0; i < Sources.Length; i++)
            Assert.Equal(Sources[i], found[i][0].Tokens);
    }

    [Fact]
    public void FinishedSentencesLeaveTheBatch()
    {
        var model = new HashedModel(0, vocabularySize: 15) { Rule = (source, prefix) => OneHot(15, prefix.Length < source.Length ? source[prefix.Length] : 2) };
        Generator.Generate(model, [[3], [3, 4, 5], [3, 4, 5, 6, 7]], new DecodingOptions { Search = new Search.Greedy() });
        Assert.Equal([3, 3, 2, 2, 1, 1], model.RowsPerStep);
    }

    [Fact]
    public void BatchesKeepTheBudgetsAndHoldEqualLengthsTogether()
    {
        var model = new HashedModel(0, vocabularySize: 15) { EndBias = 99 };
        Generator.Generate(model, Sources, new DecodingOptions { Search = new Search.Greedy(), RowBudget = 12, TokenBudget = 60 });
        Assert.All(model.RowsPerStep, rows => Assert.InRange(rows, 1, 12));
        Assert.Equal(Sources.Length, model.RowsPerStep.Sum());
        Assert.Equal(60 / 13, model.RowsPerStep[0]);
        Assert.Equal(12, model.RowsPerStep.Max());
    }

    [Fact]
    public void NoSourcesGiveNoTargets() => Assert.Empty(Generator.Generate(new HashedModel(0), [], new DecodingOptions()));

    [Fact]
    public void ProgressCountsFinishedSentences()
    {
        var reported = new List<int>();
        Generator.Generate(new HashedModel(0), Sources, new DecodingOptions { RowBudget = 50 }, progress: new Direct(reported.Add));
        Assert.Equal(reported.Order().Distinct(), reported);
        Assert.Equal(Sources.Length, reported[^1]);
    }

    [Fact]
    public void CancellationEndsTheWorkBetweenTwoSteps()
    {
        using var cancellation = new CancellationTokenSource();
        var model = new HashedModel(0) { EndBias = -99, Rule = null };
        var progress = new Direct(_ => cancellation.Cancel());
        Assert.Throws<OperationCanceledException>(() => Generator.Generate(model, Sources, new DecodingOptions { RowBudget = 5 }, progress: progress, cancellation: cancellation.Token));
        Assert.InRange(model.RowsPerStep.Count, 1, 60);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AStreamIsTheWholeTargetTokenByToken(bool sample)
    {
        var options = new DecodingOptions { Search = sample ? new Search.Sample(5) : new Search.Greedy() };
        var model = new HashedModel(3, vocabularySize: 15);
        foreach (var source in Sources[..10])
        {
            var whole = Generator.Generate(model, [source], options)[0][0];
            var stream = Generator.Stream(model, source, options).ToList();
            Assert.Equal([.. whole.Tokens, 2], stream.Select(token => token.Token));
            Assert.All(stream[..^1], token => Assert.Null(token.Final));
            Bits.Equal(whole, stream[^1].Final!);
        }
    }

    [Fact]
    public void AStreamTakesOneStepPerToken()
    {
        var model = new HashedModel(3, vocabularySize: 15) { EndBias = -5 };
        var taken = Generator.Stream(model, [5, 4], new DecodingOptions { Search = new Search.Greedy() }).Take(3).ToList();
        Assert.Equal(3, taken.Count);
        Assert.Equal(3, model.RowsPerStep.Count);
    }

    [Fact]
    public void AWideBeamCannotBeStreamed() =>
        Assert.Contains("cannot be streamed", Assert.Throws<ArgumentException>(() => Generator.Stream(new HashedModel(1), [3], new DecodingOptions())).Message);

    [Fact]
    public void ForcedScoresAreTheSearchsOwnScores()
    {
        var model = new HashedModel(21, vocabularySize: 15);
        var options = new DecodingOptions { Best = 5, Alignment = true, CoveragePenalty = 0.1, LengthPenalty = new LengthPenalty.Gnmt() };
        var found = Generator.Generate(model, Sources, options);
        var pairs = found.SelectMany((hypotheses, i) => hypotheses.Select(hypothesis => (Source: Sources[i], Hypothesis: hypothesis))).ToList();
        var scored = ForcedScoring.Score(model, [.. pairs.Select(pair => pair.Source)], [.. pairs.Select(pair => pair.Hypothesis.Tokens)], options);
        for (int i = 0; i < pairs.Count; i++)
            Bits.Equal(pairs[i].Hypothesis with { Cut = false }, scored[i]);
    }

    [Fact]
    public void ATargetTooLongToBeScoredIsNamed()
    {
        var model = new HashedModel(3);
        int[] tooLong = [.. Enumerable.Repeat(4, model.MaxLength)];
        var error = Assert.Throws<ArgumentException>(() => ForcedScoring.Score(model, [[4, 2], [5, 2]], [[4], tooLong]));
        Assert.StartsWith($"target 1 has {tooLong.Length} tokens", error.Message);
    }

    [Fact]
    public void AnEmptyTargetIsScoredByItsEndTokenAlone()
    {
        var model = new HashedModel(21);
        var scored = ForcedScoring.Score(model, [4, 5], []);
        Assert.Equal(Exhaustive.LogSoftmax(model.Logits([4, 5], []))[2], scored.LogProbability, 1e-6);
        Assert.Single(scored.StepLogProbabilities);
    }

    private static float[] OneHot(int size, int token)
    {
        float[] logits = new float[size];
        logits[token] = 20;
        return logits;
    }

    private sealed class Direct(Action<int> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value.Finished);
    }
}
