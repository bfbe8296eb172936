using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Training.Batches;
using Pellucid.Training.Translation;

namespace Pellucid.Tests.Training.Translation;

public sealed class RDropTests
{
    private static readonly TransformerConfig Config = TransformerConfig.Tutorial with { VocabularySize = 29, PaddingId = 0, BeginId = 1, EndId = 2 };

    private static readonly TranslationBatch Batch = TranslationBatch.Of(
        [new TokenPair([5, 6, 7], [8, 9]), new TokenPair([10, 11], [12, 13, 14, 15]), new TokenPair([3], [4])], new BatchMarks(0, 1, 2));

    [Fact]
    public void WithoutDropoutTheTwoPassesAgreeAndTheLossIsThePlainOne()
    {
        var model = Transformer.Create(Config with { Dropout = 0 }, new Rng(1));
        float plain = new TranslationTask(model, 0.1).Loss(Batch, Batch.TargetTokens, new Rng(2)).Item();
        float twice = new TranslationTask(model, 0.1, consistency: 5).Loss(Batch, Batch.TargetTokens, new Rng(2)).Item();
        Assert.Equal(plain, twice, 1e-6f);
    }

    [Fact]
    public void WithDropoutDisagreementCostsInProportionToAlpha()
    {
        var model = Transformer.Create(Config with { Dropout = 0.3f }, new Rng(1));
        float At(double alpha) => new TranslationTask(model, 0.1, alpha).Loss(Batch, Batch.TargetTokens, new Rng(2)).Item();
        float two = At(2), four = At(4), six = At(6);
        Assert.True(four > two + 1e-3f);
        Assert.Equal(four - two, six - four, 1e-5f);
    }
}
