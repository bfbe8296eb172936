using Pellucid.Explain.Laboratories;
using Pellucid.Models.Architectures;
using Pellucid.Models.Positions;
using Pellucid.Tensors;

namespace Pellucid.Tests.Explain.Laboratories;

public sealed class PositionLaboratoryTests
{
    [Theory]
    [InlineData(SinusoidLayout.Interleaved, 64, 32, 1)]
    [InlineData(SinusoidLayout.Interleaved, 100, 6, 17)]
    [InlineData(SinusoidLayout.Concatenated, 50, 512, 49)]
    public void SinusoidsHaveAllFourProperties(SinusoidLayout layout, int length, int width, int offset)
    {
        var study = PositionLaboratory.Sinusoidal(length, width, offset, layout);
        Assert.Equal(["unique", "bounded", "same_distance", "shift"], study.Checks.Select(check => check.Name));
        Assert.All(study.Checks, check => Assert.True(check.Holds, check.Name));
        Assert.InRange(study.Checks[3].Numbers["largest_error"], 0, 1e-5);
        Assert.Equal(study.Checks[0].Numbers["smallest_distance"], study.Distances.ToArray().Where(distance => distance > 0).Min(), 6);
    }

    [Fact]
    public void TheShiftIsARotationOfEveryPair()
    {
        var study = PositionLaboratory.Sinusoidal(10, 4, 3);
        float cos = MathF.Cos(3), sin = MathF.Sin(3), slow = MathF.Cos(0.03f), slowSin = MathF.Sin(0.03f);
        float[] wanted = [cos, sin, 0, 0, -sin, cos, 0, 0, 0, 0, slow, slowSin, 0, 0, -slowSin, slow];
        for (int i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], study.Shift.Values[i], 1e-6f);
    }

    [Fact]
    public void LearnedTablesAreHeldAgainstTheSameChecksAndMayFail()
    {
        var study = PositionLaboratory.Learned(Some.Tensor([20, 8]), "source_positions.weight", 2);
        Assert.False(study.Checks[1].Holds); // a normal table of 160 numbers goes beyond 1
        Assert.False(study.Checks[2].Holds);
        Assert.False(study.Checks[3].Holds);
        Assert.Null(study.Frequencies);
        float[] repeated = new float[40];
        Assert.False(PositionLaboratory.Learned(Tensor.From(repeated, [5, 8]), "key", 1).Checks[0].Holds);
    }

    [Fact]
    public void TheLaboratoryLearnsATableOfItsOwnTheSameEveryTime()
    {
        var (first, second) = (PositionLaboratory.Learned(12, 8, 1), PositionLaboratory.Learned(12, 8, 1));
        Assert.Equal("laboratory", first.Origin);
        Assert.True(first.Learning!.LastLoss < first.Learning.FirstLoss / 4, first.Learning.ToString());
        Assert.Equal(Some.Bits(first.Table), Some.Bits(second.Table));
        Assert.True(first.Checks[0].Holds);
        Assert.False(first.Checks[3].Holds); // nothing made the sinusoids' matrix fit it
    }

    [Fact]
    public void AModelHandsOutTheTableThatItLearned()
    {
        var config = TransformerConfig.Tutorial with { VocabularySize = 11, Positions = PositionKind.Learned };
        var (table, key) = PositionLaboratory.LearnedBy(Transformer.Create(config, new Rng(5)))!.Value;
        Assert.Equal(("source_positions.weight", config.MaxLength), (key, table.Shape[0]));
        Assert.Null(PositionLaboratory.LearnedBy(Transformer.Create(config with { Positions = PositionKind.Sinusoidal }, new Rng(5))));
    }

    [Fact]
    public void AddingIsConcatenatingUnderOneMatrixForBoth()
    {
        var composition = PositionLaboratory.Sinusoidal(12, 16, 1).Composition;
        Assert.InRange(composition.LargestDifference, 0, 1e-5);
        Assert.Equal([12, 32], composition.Concatenated.Shape.Lengths.ToArray());
        Assert.Equal(composition.Words[3, 5] + PositionLaboratory.Sinusoidal(12, 16, 1).Table[3, 5], composition.Sum[3, 5]);
    }

    [Fact]
    public void BinaryCountsBesideThePositions()
    {
        var binary = PositionLaboratory.Sinusoidal(9, 4, 1).Binary;
        Assert.Equal([9, 4], binary.Shape.Lengths.ToArray());
        for (int p = 0; p < 9; p++)
            Assert.Equal(p, (int)Enumerable.Range(0, 4).Sum(bit => binary[p, bit] * (1 << bit)));
    }

    [Theory]
    [InlineData(1, 4, 1, "length")]
    [InlineData(100_000, 4, 1, "length")]
    [InlineData(4, 100_000, 1, "width")]
    [InlineData(4, 5, 1, "odd")]
    [InlineData(4, 4, 4, "offset")]
    [InlineData(4, 4, 0, "offset")]
    public void SizesThatMakeNoTableAreRefused(int length, int width, int offset, string word) =>
        Assert.Contains(word, Assert.Throws<ArgumentException>(() => PositionLaboratory.Sinusoidal(length, width, offset)).Message);
}
