using Pellucid.Models.Generation;

namespace Pellucid.Tests.Models.Generation;

public sealed class BeamSearchTests
{
    private static readonly int[] Source = [5, 3, 4, 2];

    public static TheoryData<LengthPenalty> Penalties => [new LengthPenalty.None(), new LengthPenalty.Average(), new LengthPenalty.Average(0.4), new LengthPenalty.Gnmt(0.6), new LengthPenalty.Gnmt(1.5)];

    [Theory, MemberData(nameof(Penalties))]
    public void AWideBeamFindsTheTrueBestOfAnExhaustiveSearch(LengthPenalty penalty)
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            var model = new HashedModel(seed);
            var truth = Exhaustive.Search(model, Source, 4, penalty);
            Assert.Equal(1 + 4 + 16 + 64 + 256, truth.Count);
            var options = Options(width: 400, maximum: 4, penalty) with { Best = 25 };
            var found = Generator.Generate(model, [Source], options)[0];
            Assert.Equal(25, found.Count);
            for (int i = 0; i < found.Count; i++)
            {
                Assert.Equal(truth[i].Tokens, found[i].Tokens);
                Assert.Equal(truth[i].Score, found[i].Score, 1e-5);
                Assert.Equal(truth[i].LogProbability, found[i].LogProbability, 1e-5);
            }
        }
    }

    [Fact]
    public void AnExhaustedSearchSpaceGivesEveryHypothesisOnce()
    {
        var model = new HashedModel(4);
        var found = Generator.Generate(model, [Source], Options(width: 400, maximum: 3, new LengthPenalty.None()) with { Best = 400 })[0];
        Assert.Equal(85, found.Count);
        Assert.Equal(85, found.Select(hypothesis => string.Join(' ', hypothesis.Tokens)).Distinct().Count());
    }

    [Theory, MemberData(nameof(Penalties))]
    public void ANarrowBeamIsTheTextbookBeam(LengthPenalty penalty)
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            int width = 1 + (int)(seed % 6);
            var model = new HashedModel(seed, vocabularySize: 9) { EndBias = seed % 3 - 1f };
            var options = Options(width, 9, penalty) with { Best = width };
            var found = Generator.Generate(model, [Source], options)[0];
            var expected = TextbookBeam(model, width, width, 9, penalty);
            Assert.Equal(expected.Select(e => string.Join(' ', e.Tokens)), found.Select(f => string.Join(' ', f.Tokens)));
            for (int i = 0; i < found.Count; i++)
                Assert.Equal(expected[i].Score, found[i].Score, 1e-5);
        }
    }

    [Theory, MemberData(nameof(Penalties))]
    public void StoppingEarlyNeverChangesTheBest(LengthPenalty penalty)
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            var model = new HashedModel(seed, vocabularySize: 9) { EndBias = seed % 3 - 1f };
            var full = TextbookBeam(model, 4, 1, 12, penalty)[0];
            var found = Generator.Generate(model, [Source], Options(4, 12, penalty))[0][0];
            Assert.Equal(full.Tokens, found.Tokens);
        }
    }

    [Fact]
    public void EarlyEndsThatFillTheBeamDoNotHideTheBestTarget()
    {
        // At every step the end token is a hopeless second best: after five steps five such hypotheses have finished.
        var model = new HashedModel(0) { Rule = (_, prefix) => prefix.Length < 9 ? [0, 0, 1, 20, 0, 0, 0] : [0, 0, 20, 0, 0, 0, 0] };
        Assert.Equal(Enumerable.Repeat(3, 9), Generator.Generate(model, [Source], Options(5, 20, new LengthPenalty.Average()))[0][0].Tokens);
    }

    [Fact]
    public void SettledStoppingFindsAtLeastAsGoodAHypothesisAndStoppingAtTheFirstIsQuickest()
    {
        int better = 0, fewerSteps = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            var options = Options(3, 12, new LengthPenalty.Average());
            var (full, fullSteps) = Run(new Stopping.WhenFull());
            var (settled, settledSteps) = Run(new Stopping.WhenSettled());
            var (first, firstSteps) = Run(new Stopping.AtFirst());
            Assert.True(settled.Score >= full.Score && full.Score >= first.Score);
            Assert.True(settledSteps >= fullSteps && fullSteps >= firstSteps);
            better += settled.Score > full.Score ? 1 : 0;
            fewerSteps += firstSteps < fullSteps ? 1 : 0;

            (Hypothesis, int) Run(Stopping stopping)
            {
                var model = new HashedModel(seed, vocabularySize: 12);
                var found = Generator.Generate(model, [Source], options with { Search = new Search.Beam(3) { Stopping = stopping } });
                return (found[0][0], model.RowsPerStep.Count);
            }
        }
        Assert.True(better > 0 && fewerSteps > 0);
    }

    [Theory, MemberData(nameof(Penalties))]
    public void GreedyEqualsBeamOneBitForBit(LengthPenalty penalty)
    {
        var model = new HashedModel(8, vocabularySize: 30) { EndBias = 1 };
        int[][] sources = [.. Enumerable.Range(1, 40).Select(i => Enumerable.Range(3, 1 + i % 9).Select(t => t + i % 5).ToArray())];
        var options = new DecodingOptions { LengthPenalty = penalty, Alignment = true, CoveragePenalty = 0.2, Search = new Search.Greedy() };
        var greedy = Generator.Generate(model, sources, options);
        var beam = Generator.Generate(model, sources, options with { Search = new Search.Beam(1) });
        for (int i = 0; i < sources.Length; i++)
        {
            Bits.Equal(greedy[i], beam[i]);
            int[] prefix = [];
            foreach (int token in greedy[i][0].Tokens)
            {
                Assert.Equal(MostProbable(model.Logits(sources[i], prefix)), token);
                prefix = [.. prefix, token];
            }
        }
    }

    [Fact]
    public void TiesGoToTheLowerBeamAndTheLowerToken()
    {
        var model = new HashedModel(0) { Rule = (_, prefix) => prefix.Length < 2 ? [0, 0, -9, 1, 1, 1, 0] : [0, 0, 9, 0, 0, 0, 0] };
        var found = Generator.Generate(model, [Source], Options(4, 5, new LengthPenalty.None()) with { Best = 4 })[0];
        Assert.Equal(["3 3", "3 4", "3 5", "4 3"], found.Select(f => string.Join(' ', f.Tokens)));
        Assert.Single(found.Select(f => f.Score).Distinct());
    }

    [Fact]
    public void TheScoreIsTheLogProbabilityOverTheLengthPenaltyWithTheEndTokenCounted()
    {
        var model = new HashedModel(3, vocabularySize: 12);
        foreach (var (penalty, divisor) in new (LengthPenalty, Func<int, double>)[]
        {
            (new LengthPenalty.None(), _ => 1),
            (new LengthPenalty.Average(0.7), length => Math.Pow(length, 0.7)),
            (new LengthPenalty.Gnmt(0.9), length => Math.Pow((5 + length) / 6.0, 0.9)),
        })
            foreach (var hypothesis in Generator.Generate(model, [Source], Options(5, 8, penalty) with { Best = 5 })[0])
            {
                Assert.Equal(hypothesis.Tokens.Length + 1, hypothesis.StepLogProbabilities.Length);
                double sum = 0;
                foreach (float step in hypothesis.StepLogProbabilities)
                    sum += step;
                Assert.Equal(sum, hypothesis.LogProbability);
                Assert.Equal(sum / divisor(hypothesis.Tokens.Length + 1), hypothesis.Score, 1e-12);
            }
    }

    [Fact]
    public void TheCoveragePenaltyIsEquationFourteen()
    {
        var model = new HashedModel(5, vocabularySize: 9);
        var options = Options(5, 8, new LengthPenalty.Gnmt(0.2)) with { Best = 5, Alignment = true, CoveragePenalty = 0.3 };
        foreach (var hypothesis in Generator.Generate(model, [Source], options)[0])
        {
            double coverage = 0;
            for (int s = 0; s < Source.Length; s++)
            {
                double covered = 0;
                for (int t = 0; t <= hypothesis.Tokens.Length; t++)
                    covered += model.Attention(Source, hypothesis.Tokens[..t])[s];
                coverage += Math.Log(Math.Min(covered, 1));
            }
            Assert.Equal(hypothesis.LogProbability / Math.Pow((6 + hypothesis.Tokens.Length) / 6.0, 0.2) + 0.3 * coverage, hypothesis.Score, 1e-6);
        }
    }

    [Fact]
    public void CoverageChangesWhichHypothesisWins()
    {
        int changed = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            var options = Options(5, 8, new LengthPenalty.None());
            var plain = Generator.Generate(new HashedModel(seed), [Source], options)[0][0];
            var covering = Generator.Generate(new HashedModel(seed), [Source], options with { CoveragePenalty = 2 })[0][0];
            changed += plain.Tokens.SequenceEqual(covering.Tokens) ? 0 : 1;
            Assert.True(covering.Tokens.Length >= plain.Tokens.Length);
        }
        Assert.True(changed > 0);
    }

    internal static DecodingOptions Options(int width, int maximum, LengthPenalty penalty) =>
        new() { Search = new Search.Beam(width), MaximumLength = LengthLimit.Absolute(maximum), LengthPenalty = penalty };

    private static int MostProbable(float[] logits) => Enumerable.Range(2, logits.Length - 2).OrderByDescending(token => logits[token]).First();

    /// <summary>Beam search by sorting all candidates; it ends when the beam's worth of hypotheses has finished and the best beam is behind the n best.</summary>
    private static List<(int[] Tokens, double Score)> TextbookBeam(HashedModel model, int width, int best, int maximum, LengthPenalty penalty)
    {
        var finished = new List<(int[] Tokens, double Score)>();
        List<(int[] Prefix, double Total)> beams = [([], 0)];
        while (beams.Count > 0 && !(finished.Count >= width && beams[0].Total / penalty.Of(beams[0].Prefix.Length) <= finished.OrderByDescending(f => f.Score).ElementAt(best - 1).Score))
        {
            var candidates = beams.SelectMany(beam => Exhaustive.LogSoftmax(model.Logits(Source, beam.Prefix))
                    .Select((step, token) => (beam.Prefix, Token: token, Total: beam.Total + step)))
                .Where(c => c.Token >= 2 && (c.Prefix.Length < maximum || c.Token == 2))
                .OrderByDescending(c => c.Total).ToList();
            finished.AddRange(candidates.Take(width).Where(c => c.Token == 2).Select(c => (c.Prefix, c.Total / penalty.Of(c.Prefix.Length + 1))));
            beams = [.. candidates.Where(c => c.Token != 2).Take(width).Select(c => ((int[])[.. c.Prefix, c.Token], c.Total))];
        }
        return [.. finished.OrderByDescending(f => f.Score).Take(width)];
    }
}
