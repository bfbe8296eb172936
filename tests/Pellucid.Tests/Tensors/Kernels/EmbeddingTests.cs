using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class EmbeddingTests
{
    [Fact]
    public void GatherScalesRowsAndScatterAddsThemInOrder()
    {
        foreach (int D in Numbers.AwkwardLengths)
        {
            int[] ids = [3, 0, 3, 4];
            float[] table = Numbers.Normal(5 * D, 1), dy = Numbers.Normal(4 * D, 2), y = new float[4 * D], gradient = new float[5 * D], wanted = new float[5 * D];
            Embedding.Gather(table, 5, D, ids, 2f, y);
            Embedding.Scatter(dy, ids, 2f, 5, D, gradient);
            for (int i = 0; i < y.Length; i++)
            {
                int at = ids[i / D] * D + i % D;
                Assert.Equal(2 * table[at], y[i]);
                wanted[at] = MathF.FusedMultiplyAdd(dy[i], 2f, wanted[at]);
            }
            Numbers.SameBits(wanted, gradient);
        }
    }

    [Fact]
    public void AnIdOutsideTheTableIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Embedding.Gather(new float[6], 3, 2, [3], 1, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Embedding.Scatter(new float[2], [-1], 1, 3, 2, new float[6]));
    }

    [Fact]
    public void ThreadsChangeNoBit() => Numbers.SameOnAnyThreads(() =>
    {
        int[] ids = [.. Enumerable.Range(0, 500).Select(i => i * i % 11)];
        var gradient = new float[11 * 200];
        Embedding.Scatter(Numbers.Normal(500 * 200, 1), ids, 0.3f, 11, 200, gradient);
        return gradient;
    });
}
