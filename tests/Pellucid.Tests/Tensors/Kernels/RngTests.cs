using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class RngTests
{
    /// <summary>The known answers of the Random123 library (kat_vectors, philox4x32 with 10 rounds).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void PhiloxGivesTheKnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void FillGivesTheSameWordsAsSingleDraws()
    {
        var rng = new Rng(42);
        foreach (ulong start in (ulong[])[0, 5, 63, 64, 100, (1ul << 38) - 70, ulong.MaxValue - 4096])
        {
            var words = new uint[333];
            rng.Fill(start, words);
            for (int i = 0; i < words.Length; i++) Assert.Equal(rng.UInt32(start + (ulong)i), words[i]);
        }
    }

    [Fact]
    public void SplitsAndSeedsGiveDifferentStreams()
    {
        var rng = new Rng(7);
        ulong[] keys = [rng.Key, new Rng(8).Key, rng.Split(0).Key, rng.Split(1).Key, rng.Split("dropout").Key, rng.Split("shuffle").Key, rng.Split(0).Split(0).Key];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(rng.Split("dropout"), new Rng(7).Split("dropout"));
        Assert.Equal(rng, Rng.FromKey(rng.Key));
    }

    [Fact]
    public void UniformAndNormalHaveTheirMoments()
    {
        var rng = new Rng(3);
        const int n = 200_000;
        double sum = 0, square = 0, uniform = 0;
        for (ulong i = 0; i < n; i++)
        {
            double z = rng.Normal(i), u = rng.Uniform(i);
            Assert.InRange(u, 0, 0.99999999);
            sum += z;
            square += z * z;
            uniform += u;
        }
        Assert.Equal(0, sum / n, 0.01);
        Assert.Equal(1, square / n, 0.02);
        Assert.Equal(0.5, uniform / n, 0.005);
    }

    [Fact]
    public void BelowIsEvenAndShuffleIsAPermutation()
    {
        var rng = new Rng(9);
        var counts = new int[7];
        for (ulong i = 0; i < 70_000; i++) counts[rng.Below(7, i)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400));
        int[] items = [.. Enumerable.Range(0, 1000)], again = [.. items];
        rng.Shuffle<int>(items);
        rng.Shuffle<int>(again);
        Assert.Equal(again, items);
        Assert.NotEqual(Enumerable.Range(0, 1000), items);
        Assert.Equal(Enumerable.Range(0, 1000), items.Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.Below(0, 0));
    }
}
