using Pellucid.Bench;

namespace Pellucid.Tests.Bench;

public sealed class SampleTests
{
    [Fact]
    public void TheMedianIsTheMiddleOne()
    {
        Assert.Equal(3, new Sample([9, 1, 3]).Median);
        Assert.Equal(2.5, new Sample([9, 1, 3, 2]).Median);
        Assert.Equal(7, new Sample([7]).Median);
        Assert.Equal((1, 9, 3), (new Sample([9, 1, 3]).Least, new Sample([9, 1, 3]).Most, new Sample([9, 1, 3]).Count));
    }

    [Fact]
    public void ARateTurnsTheOrderAround()
    {
        var rate = new Sample([1, 2, 4]).Select(seconds => 8 / seconds);

        Assert.Equal((2, 4, 8), (rate.Least, rate.Median, rate.Most));
    }

    [Fact]
    public void NothingHasNoMedian() => Assert.Throws<ArgumentException>(() => new Sample([]));

    [Fact]
    public void AShareIsOfTheLimitAndARatioOfThePeer()
    {
        var measurement = new Measurement
        {
            Bench = "gemm", Shape = "1x1x1", Threads = 1, Precision = "f32", Value = new([30, 10, 20]), Unit = "GFLOP/s", Limit = 80,
            Peer = new("another", new([5]), new([1]), 0),
        };

        Assert.Equal((0.25, 4), (measurement.Share, measurement.Ratio));
        Assert.Null((measurement with { Limit = null }).Share);
        Assert.Null((measurement with { Peer = null }).Ratio);
    }
}
