using Pellucid.Explain.Laboratories;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Laboratories;

public sealed class MaskLaboratoryTests
{
    private static readonly string[] Texts = ["I am hungry.", "Where is the old bridge?"];

    [Fact]
    public void PaddingHidesTheKeysBehindTheShorterSentence()
    {
        var study = Study(MaskKind.Padding);
        var (length, longest) = (study.Lengths.Min(), study.Lengths.Max());
        Assert.NotEqual(length, longest);
        for (int s = 0; s < longest; s++)
            Assert.Equal(s < length ? 1 : 0, study.Visible[0, 0, s]);
        Assert.Equal("<pad>", study.Sentences[0][length]);
        Assert.Equal(float.NegativeInfinity, study.Masked[0, 1, 0, length]);
        Assert.Equal(0, study.Weights[0, 1, 0, length]);
        Assert.Equal(study.Scaled[0, 1, 0, 0], study.Masked[0, 1, 0, 0]);
    }

    [Fact]
    public void CausalHidesTheFutureAndCombinedHidesBoth()
    {
        var (causal, combined, padding) = (Study(MaskKind.Causal), Study(MaskKind.Combined), Study(MaskKind.Padding));
        int longest = causal.Lengths.Max();
        for (int b = 0; b < 2; b++)
            for (int t = 0; t < longest; t++)
                for (int s = 0; s < longest; s++)
                {
                    Assert.Equal(s <= t ? 1 : 0, causal.Visible[b, t, s]);
                    Assert.Equal(causal.Visible[b, t, s] * padding.Visible[b, t, s], combined.Visible[b, t, s]);
                }
    }

    [Fact]
    public void EveryRowOfWeightsIsTheSoftmaxOfItsMaskedScores()
    {
        var study = Study(MaskKind.Combined);
        int longest = study.Lengths.Max();
        for (int t = 0; t < longest; t++)
        {
            double sum = 0;
            for (int s = 0; s < longest; s++)
                sum += Math.Exp(study.Masked[1, 0, t, s]);
            for (int s = 0; s < longest; s++)
                Assert.Equal(Math.Exp(study.Masked[1, 0, t, s]) / sum, study.Weights[1, 0, t, s], 1e-6);
        }
    }

    [Fact]
    public void AToggledCellChangesItsRowAndNoOther()
    {
        var (before, after) = (Study(MaskKind.Padding), Study(MaskKind.Padding, new MaskCell(1, 2, 3, false)));
        Assert.Equal(0, after.Weights[1, 0, 2, 3]);
        Assert.NotEqual(before.Weights[1, 0, 2, 1], after.Weights[1, 0, 2, 1]);
        for (int s = 0; s < before.Lengths.Max(); s++)
            Assert.Equal(before.Weights[1, 0, 1, s], after.Weights[1, 0, 1, s]);
        Assert.Equal(1, Study(MaskKind.Causal, new MaskCell(0, 0, 2, true)).Visible[0, 0, 2]);
    }

    [Fact]
    public void AFullyMaskedRowGivesZerosAndIsNamed()
    {
        int longest = Study(MaskKind.Padding).Lengths.Max();
        var study = Study(MaskKind.Padding, [.. Enumerable.Range(0, longest).Select(s => new MaskCell(1, 4, s, false))]);
        Assert.Equal([(1, 4)], study.EmptyRows);
        for (int s = 0; s < longest; s++)
            Assert.Equal((0, float.NegativeInfinity), (study.Weights[1, 1, 4, s], study.Masked[1, 1, 4, s]));
        Assert.Equal(0, study.Context[1, 4, 0, 0]);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.Contains("outside", Assert.Throws<ArgumentException>(() => Study(MaskKind.Padding, new MaskCell(0, 63, 0, true))).Message);
        Assert.Contains("sentence 0 has 0 tokens", Assert.Throws<ArgumentException>(() => MaskLaboratory.Run(SmallModel.New(), [""], MaskKind.Padding, [])).Message);
        Assert.Contains("0 sentences", Assert.Throws<ArgumentException>(() => MaskLaboratory.Run(SmallModel.New(), [], MaskKind.Padding, [])).Message);
    }

    [Fact]
    public void ItEndsWhenNobodyWaits() =>
        Assert.ThrowsAny<OperationCanceledException>(() => MaskLaboratory.Run(SmallModel.New(), Texts, MaskKind.Padding, [], new CancellationToken(canceled: true)));

    private static MaskStudy Study(MaskKind kind, params MaskCell[] cells) => MaskLaboratory.Run(SmallModel.New(), Texts, kind, cells);
}
