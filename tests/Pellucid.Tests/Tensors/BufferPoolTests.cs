using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tests.Tensors;

[Collection("alone")]
public sealed class BufferPoolTests
{
    [Theory]
    [InlineData(0), InlineData(1), InlineData(15), InlineData(16), InlineData(17), InlineData(127), InlineData(128), InlineData(129), InlineData(1000), InlineData(65_537), InlineData(12_345_678)]
    public void ACapacityHoldsTheLengthAndWastesAtMostAnEighth(int length)
    {
        int capacity = BufferPool.Capacity(length);
        Assert.InRange(capacity, length, Math.Max(length + length / 8 + 1, 16 * 8));
        Assert.Equal(capacity, BufferPool.Capacity(capacity));
    }

    [Theory]
    [InlineData(16), InlineData(128), InlineData(240), InlineData(256), InlineData(1000), InlineData(12_345_678)]
    public void TheNextCapacityIsThatOfTheNextLength(int length)
    {
        int capacity = BufferPool.Capacity(length);
        Assert.Equal(BufferPool.Capacity(capacity + 1), BufferPool.NextCapacity(capacity));
    }

    [Fact]
    public void BehindTheLargestCapacityThereIsNone()
    {
        // The search for a free buffer must end here, too.
        Assert.True(BufferPool.NextCapacity(BufferPool.Capacity(Storage.MaxLength)) > Storage.MaxLength);
        Assert.True(BufferPool.NextCapacity(15 << 27) > Storage.MaxLength);
    }

    [Fact]
    public void ALittleSmallerRequestReusesALargerBuffer()
    {
        float[] large = BufferPool.Rent(9_000_001);
        BufferPool.Return(large);
        float[] smaller = BufferPool.Rent(7_000_003);
        Assert.Same(large, smaller);
        BufferPool.Return(smaller);
        Assert.NotSame(large, BufferPool.Rent(2_000_001));
    }

    [Fact]
    public void StorageIsAlignedToACacheLine()
    {
        for (int length = 1; length < 400; length += 37)
            unsafe
            {
                fixed (float* start = Storage.Rent(length).Span)
                    Assert.Equal(0u, (nuint)start % 64);
            }
    }

    [Fact]
    public void CachesThatComeAndGoDoNotGrowThePool()
    {
        long After(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                using var cache = new KeyValueCache(2, 2, 24);
                for (int t = 0; t < 40; t++)
                    cache.Append(Some.Tensor([2, 1, 2, 24]), Some.Tensor([2, 1, 2, 24]));
            }
            return BufferPool.IdleBytes;
        }
        long warm = After(3);
        Assert.Equal(warm, After(50));
    }
}
