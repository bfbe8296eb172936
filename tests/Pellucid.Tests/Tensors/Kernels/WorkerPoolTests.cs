using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

[Collection(nameof(ThreadCount))]
public sealed class WorkerPoolTests : IDisposable
{
    private readonly int before = Threading.Count;

    public void Dispose() => Threading.Count = before;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void EveryChunkRunsExactlyOnce(int threads)
    {
        Threading.Count = threads;
        for (var round = 0; round < 2000; round++)
        {
            var counts = new int[round % 40];
            WorkerPool.Run(counts.Length, new Count { Counts = counts });
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void NestedAndConcurrentCallsFinish()
    {
        Threading.Count = 4;
        var totals = new int[6];
        var callers = Enumerable.Range(0, totals.Length).Select(id => new Thread(() =>
        {
            for (var round = 0; round < 300; round++)
            {
                WorkerPool.Run(5, new Nest { Totals = totals, Id = id });
            }
        })).ToList();
        callers.ForEach(thread => thread.Start());
        callers.ForEach(thread => thread.Join());
        Assert.All(totals, total => Assert.Equal(300 * 5 * 7, total));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AnExceptionReachesTheCallerAndThePoolLivesOn(int threads)
    {
        Threading.Count = threads;
        for (var round = 0; round < 50; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => WorkerPool.Run(20, new Fail { At = round % 20 }));
            Assert.Equal($"chunk {round % 20}", error.Message);
        }

        var counts = new int[30];
        WorkerPool.Run(30, new Count { Counts = counts });
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void ADispatchAllocatesNothing()
    {
        Threading.Count = 2;
        var counts = new int[8];
        WorkerPool.Run(8, new Count { Counts = counts });
        var start = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            WorkerPool.Run(8, new Count { Counts = counts });
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - start);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(257)]
    public void ACountOutOfRangeIsRefused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Threading.Count = count);

    private readonly struct Count : IWork
    {
        public required int[] Counts { get; init; }

        public void Run(int chunk) => Interlocked.Increment(ref Counts[chunk]);
    }

    private readonly struct Nest : IWork
    {
        public required int[] Totals { get; init; }
        public required int Id { get; init; }

        public void Run(int chunk) => WorkerPool.Run(7, new Inner { Totals = Totals, Id = Id });
    }

    private readonly struct Inner : IWork
    {
        public required int[] Totals { get; init; }
        public required int Id { get; init; }

        public void Run(int chunk) => Interlocked.Increment(ref Totals[Id]);
    }

    private readonly struct Fail : IWork
    {
        public required int At { get; init; }

        public void Run(int chunk)
        {
            if (chunk == At)
            {
                throw new InvalidOperationException($"chunk {chunk}");
            }
        }
    }
}
