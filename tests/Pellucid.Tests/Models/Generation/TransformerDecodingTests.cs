using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Models.Generation;

/// <summary>The promises of generation on a real model with random weights, down to the bit.</summary>
public sealed class TransformerDecodingTests
{
    internal static readonly Transformer Model = Transformer.Create(
        new TransformerConfig { VocabularySize = 37, Width = 24, Heads = 3, HiddenWidth = 40, EncoderLayers = 2, DecoderLayers = 2, MaxLength = 48 }, new Rng(5));

    internal static readonly int[][] Sources = [.. Enumerable.Range(0, 64).Select(i => (int[])[.. Enumerable.Range(0, 1 + i * 11 % 17).Select(t => 3 + (t * 7 + i) % 34), 2])];

    public static TheoryData<Search> Searches => [new Search.Greedy(), new Search.Beam(4), new Search.Sample(17) { TopP = 0.9 }];

    internal static DecodingOptions Options(Search search) => new()
    {
        Search = search,
        Best = search is Search.Greedy ? 1 : 3,
        MaximumLength = new(1, 4),
        Alignment = true,
        CoveragePenalty = 0.1,
    };

    [Theory, MemberData(nameof(Searches))]
    public void ASentenceAloneEqualsItselfInBatchesOfTwoSevenAndSixtyFour(Search search)
    {
        var options = Options(search);
        var alone = Generator.Generate(Model, Sources, options with { RowBudget = 1 });
        foreach (int size in (int[])[2, 7, 64])
        {
            var together = Generator.Generate(Model, Sources, options with { RowBudget = size * (search is Search.Beam beam ? beam.Width : options.Best) });
            for (int i = 0; i < Sources.Length; i++)
                Bits.Equal(alone[i], together[i]);
        }
    }

    [Theory, MemberData(nameof(Searches))]
    public void CachedDecodingEqualsFullRecomputation(Search search)
    {
        var options = Options(search) with { Alignment = false, CoveragePenalty = 0 };
        var cached = Generator.Generate(Model, Sources[..9], options);
        var recomputed = Generator.Generate(Model, Sources[..9], options with { Mode = DecodingMode.Recompute });
        for (int i = 0; i < cached.Count; i++)
            Bits.Equal(cached[i], recomputed[i]);
    }

    [Fact]
    public void GreedyEqualsBeamOne()
    {
        var greedy = Generator.Generate(Model, Sources, Options(new Search.Greedy()));
        var beam = Generator.Generate(Model, Sources, Options(new Search.Beam(1)) with { Best = 1 });
        for (int i = 0; i < Sources.Length; i++)
            Bits.Equal(greedy[i], beam[i]);
    }

    [Fact]
    public void TheForcedScoreIsTheSumOfTheStepScoresOfTheSearch()
    {
        var options = Options(new Search.Beam(4));
        var found = Generator.Generate(Model, Sources[..20], options);
        for (int i = 0; i < found.Count; i++)
            foreach (var hypothesis in found[i])
            {
                var forced = ForcedScoring.Score(Model, Sources[i], hypothesis.Tokens, options);
                Bits.Equal(hypothesis with { Cut = false }, forced);
                Assert.Equal(hypothesis.StepLogProbabilities.Aggregate(0.0, (sum, step) => sum + step), forced.LogProbability);
            }
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public void TargetsScoredAtOnceHaveTheBitsOfTargetsScoredStepByStep(Precision precision)
    {
        var model = Transformer.Create(Model.Config with { Norm = NormPlacement.Before }, new Rng(9));
        model.Prepare(precision);
        int[][] targets = [.. Sources.Select((source, i) => Sources[(i * 5 + 3) % Sources.Length][..^1]), [], [7]];
        int[][] sources = [.. Sources, [4, 2], Sources[^1]];
        var options = new DecodingOptions { LengthPenalty = new LengthPenalty.Gnmt() };
        var stepByStep = ForcedScoring.Score(model, sources, targets, options with { Alignment = true });
        var tokens = 0L;
        foreach (int rows in (int[])[1, 7, 1000])
        {
            var atOnce = ForcedScoring.Score(model, sources, targets, options with { RowBudget = rows }, new Last(progress => tokens = progress.Tokens));
            for (int i = 0; i < sources.Length; i++)
                Bits.Equal(stepByStep[i] with { Alignment = null }, atOnce[i]);
            Assert.Equal(targets.Sum(target => target.Length + 1), tokens);
        }
    }

    [Fact]
    public void ADamagedModelIsNamedWhenTargetsAreScoredAtOnce()
    {
        var model = Transformer.Create(Model.Config, new Rng(9));
        var (_, weight) = model.Parameters().First(entry => entry.Name == "decoder.layers.0.feed_forward.output.bias");
        weight.Assign([.. Enumerable.Repeat(float.NaN, weight.Count)]);
        Assert.Contains("not finite", Assert.Throws<GenerationException>(() => ForcedScoring.Score(model, Sources[2], [5])).Message);
    }

    private sealed class Last(Action<GenerationProgress> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value);
    }

    [Fact]
    public void TheForcedScoreIsTheLossOfTraining()
    {
        for (int i = 0; i < 8; i++)
        {
            int[] target = Sources[i + 20][..^1];
            var scored = ForcedScoring.Score(Model, Sources[i], target);
            var loss = Model.Loss(
                Indices.Padded([Sources[i]], 0), [Sources[i].Length], Indices.Padded([[1, .. target]], 0), Indices.Padded([[.. target, 2]], 0), normalizer: 1);
            Assert.Equal(-scored.LogProbability, loss.Item(), 1e-4);
        }
    }

    [Fact]
    public void AStreamEqualsTheWhole()
    {
        var options = Options(new Search.Greedy());
        foreach (var source in Sources[..10])
        {
            var whole = Generator.Generate(Model, [source], options)[0][0];
            var stream = Generator.Stream(Model, source, options).ToList();
            Assert.Equal([.. whole.Tokens, 2], stream.Select(token => token.Token));
            Bits.Equal(whole, stream[^1].Final!);
        }
    }

    [Fact]
    public void AStreamThatIsReadAgainStartsAnew()
    {
        var stream = Generator.Stream(Model, Sources[3], Options(new Search.Greedy()));
        Assert.Equal(stream.Select(token => token.Token).ToList(), stream.Select(token => token.Token).ToList());
    }

    [Theory, MemberData(nameof(Searches))]
    public void TracedDecodingEqualsUntracedAndIsSeen(Search search)
    {
        var options = Options(search);
        var plain = Generator.Generate(Model, Sources[..3], options);
        var tracer = new Tracer();
        using var recorder = Recorder.Begin(observers: tracer);
        var traced = Generator.Generate(Model, Sources[..3], options);
        for (int i = 0; i < plain.Count; i++)
            Bits.Equal(plain[i], traced[i]);
        Assert.Contains("decoder.layers.1.self_attention: scores, scaled, masked, weights", tracer.Seen);
        Assert.Contains("decoder.layers.1.cross_attention: scores, scaled, masked, weights", tracer.Seen);
    }

    private sealed class Tracer : IRecorderObserver
    {
        internal HashSet<string> Seen { get; } = [];

        public bool WantsIntermediates => true;

        public void After(Recorder recorder, Pellucid.Tensors.Ops.Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            if (op.Name == "attention")
                Seen.Add($"{recorder.Path}: {string.Join(", ", op.Intermediates.Select(entry => entry.Name))}");
        }
    }

    [Fact]
    public void EveryRowOfAnAlignmentSumsToOne()
    {
        var found = Generator.Generate(Model, Sources[..12], Options(new Search.Beam(4)));
        for (int i = 0; i < found.Count; i++)
        {
            var alignment = found[i][0].Alignment!;
            Assert.Equal(Sources[i].Length, alignment.SourceLength);
            Assert.Equal(found[i][0].Tokens.Length + 1, alignment.TargetLength);
            for (int t = 0; t < alignment.TargetLength; t++)
                Assert.Equal(1, alignment[t].ToArray().Sum(), 1e-5);
        }
    }

    [Fact]
    public void CrossAttentionIsHandedOutOnlyToWhomWantsIt()
    {
        int[] tokens = [1, 1];
        using var asked = Model.Begin([Sources[3]], 2, DecodingMode.Cached, alignment: true);
        using var other = Model.Begin([Sources[3]], 2, DecodingMode.Cached, alignment: false);
        Assert.Null(asked.Alignment);
        Assert.Equal(Some.Bits(asked.Step(tokens)), Some.Bits(other.Step(tokens)));
        Assert.Equal([2, Sources[3].Length], asked.Alignment!.Shape);
        Assert.Null(other.Alignment);
    }

    [Fact]
    public void AWideBeamThatFinishesSentenceBySentenceEqualsFullRecomputation()
    {
        // Reordered rows, sentences that leave, and more positions than the cache first has room for.
        var options = Options(new Search.Beam(5)) with { Alignment = false, CoveragePenalty = 0, MinimumLength = new(1, 3), MaximumLength = new(1.5, 14), NoRepeatNGram = 2 };
        var cached = Generator.Generate(Model, Sources[..7], options);
        var recomputed = Generator.Generate(Model, Sources[..7], options with { Mode = DecodingMode.Recompute });
        for (int i = 0; i < cached.Count; i++)
            Bits.Equal(cached[i], recomputed[i]);
        Assert.Contains(cached, found => found[0].Tokens.Length > 16);
    }

    [Fact]
    public async Task ConcurrentCallersDoNotDisturbEachOther()
    {
        var options = Options(new Search.Beam(4));
        var expected = Generator.Generate(Model, Sources[..16], options);
        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Generator.Generate(Model, Sources[..16], options))));
        foreach (var answer in found)
            for (int i = 0; i < expected.Count; i++)
                Bits.Equal(expected[i], answer[i]);
    }

    [Fact]
    public void SpecialTokensAreTheModelsOwn()
    {
        var model = Transformer.Create(Model.Config with { PaddingId = 3, BeginId = 3, EndId = 0 }, new Rng(6));
        IDecodable decodable = model;
        Assert.Equal((3, 3, 0), (decodable.PaddingId, decodable.BeginId, decodable.EndId));
        Assert.DoesNotContain(0, Generator.Generate(model, [[5, 6, 0]], Options(new Search.Beam(3)))[0][0].Tokens);
    }
}
