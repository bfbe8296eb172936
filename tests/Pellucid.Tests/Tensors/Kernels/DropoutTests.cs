using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class DropoutTests
{
    private static readonly Rng Key = new Rng(17).Split("dropout");

    [Fact]
    public void AnElementIsKeptWhenItsSixteenBitsReachTheThreshold()
    {
        var x = Numbers.Normal(1000, 1);
        var y = new float[1000];
        Dropout.Apply(Key, 77, 0.3f, x, y);
        for (int i = 0; i < x.Length; i++)
        {
            ulong element = 77 + (ulong)i;
            uint word = Key.UInt32(element / 128 * 64 + element / 32 % 4 * 16 + element % 16), sixteen = element % 32 < 16 ? word & 0xFFFF : word >> 16;
            bool kept = sixteen >= MathF.Round(0.3f * 65536);
            Assert.Equal(kept, DropoutMask.Naive(Key, 0.3f, element));
            Assert.Equal(kept ? x[i] * (1f / (1f - 0.3f)) : 0f, y[i]);
        }
        Assert.InRange(y.Count(v => v == 0), 250, 350);
    }

    [Fact]
    public void ChunksAndThreadsChangeNoBit()
    {
        var x = Numbers.Normal(20_000, 2);
        float[] whole = new float[x.Length], parts = new float[x.Length];
        Dropout.Apply(Key, 5, 0.1f, x, whole);
        for (int i = 0, n = 1; i < x.Length; i += n, n = Math.Min(n * 3 + 1, x.Length - i))
            Dropout.Apply(Key, 5 + (ulong)i, 0.1f, x.AsSpan(i, n), parts.AsSpan(i, n));
        Numbers.SameBits(whole, parts);
        Numbers.SameOnAnyThreads(() =>
        {
            var y = new float[x.Length];
            Dropout.Apply(Key, 5, 0.1f, x, y);
            return y;
        });
    }

    [Fact]
    public void AStoredMaskDropsWhatTheGeneratorDrops()
    {
        foreach (int n in (int[])[.. Numbers.AwkwardLengths, 127, 128, 129, 20_000])
        {
            float[] x = Numbers.Normal(n, 4), wanted = new float[n], got = new float[n], mask = new float[DropoutMask.Length(n)];
            Dropout.Apply(Key, 0, 0.2f, x, wanted);
            DropoutMask.Fill(Key, 0.2f, n, mask);
            Dropout.Apply(mask, 0.2f, x, got);
            Numbers.SameBits(wanted, got);
            Dropout.Apply(mask, 0.2f, x, got, accumulate: true);
            Numbers.SameBits([.. wanted.Select(v => v + v)], got);
        }
    }

    [Fact]
    public void NoDropoutIsTheIdentityAndAccumulationAdds()
    {
        var x = Numbers.Normal(100, 3);
        var y = (float[])x.Clone();
        Dropout.Apply(Key, 0, 0, x, y, accumulate: true);
        Numbers.SameBits([.. x.Select(v => v + v)], y);
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Apply(Key, 0, 1, x, y));
    }
}
