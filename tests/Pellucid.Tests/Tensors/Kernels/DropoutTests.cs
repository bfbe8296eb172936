using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class DropoutTests
{
    private static readonly Rng Key = new Rng(17).Split("dropout");

    [Fact]
    public void AnElementIsKeptWhenItsWordReachesTheThreshold()
    {
        var x = Numbers.Normal(1000, 1);
        var y = new float[1000];
        Dropout.Apply(Key, 77, 0.3f, x, y);
        for (int i = 0; i < x.Length; i++)
        {
            bool kept = Key.UInt32(77 + (ulong)i) >= (uint)(0.3f * 4294967296.0);
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
    public void NoDropoutIsTheIdentityAndAccumulationAdds()
    {
        var x = Numbers.Normal(100, 3);
        var y = (float[])x.Clone();
        Dropout.Apply(Key, 0, 0, x, y, accumulate: true);
        Numbers.SameBits([.. x.Select(v => v + v)], y);
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Apply(Key, 0, 1, x, y));
    }
}
