using System.Runtime.Intrinsics;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>The limits that speeds are told as shares of. How high they are is the machine's affair.</summary>
public sealed class MachineTests(MachineTests.LargeBuffer large) : IClassFixture<MachineTests.LargeBuffer>
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(2);

    private readonly ReadBuffer buffer = large.Buffer;

    [Theory]
    [InlineData(1), InlineData(3)]
    public void RatesArePositiveNumbers(int threads)
    {
        Assert.InRange(Machine.MultiplyAddRate(threads, Short), 1e6, 1e15);
        Assert.InRange(Machine.ReadRate(threads, buffer, Short), 1e6, 1e14);
    }

    [Fact]
    public void ThereIsNoRateOfNoThreads()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Machine.MultiplyAddRate(0, Short));
        Assert.Throws<ArgumentOutOfRangeException>(() => Machine.ReadRate(0, buffer, Short));
    }

    [Fact]
    public void TheBufferIsFarLargerThanTheLastLevelCache()
    {
        Assert.True(buffer.Bytes >= Math.Min(16 * ReadBuffer.LastLevelCacheBytes(), 1L << 30) - ReadBuffer.BlockBytes);
        Assert.Equal(buffer.Bytes, buffer.Blocks * ReadBuffer.BlockBytes);
    }

    [Fact]
    public unsafe void ABufferThatWasDisposedCannotBeRead()
    {
        var buffer = new ReadBuffer();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => { buffer.Block(0); });
    }

    [Fact]
    public unsafe void ABlockIsReadToItsEndWhateverTheWidth()
    {
        // What arrives is the first lane's sum. A one of its own in the last vector of every width: it arrives only if the loop goes that far.
        var floats = new float[ReadBuffer.BlockBytes / sizeof(float)];
        (floats[^1], floats[^4], floats[^8], floats[^16]) = (1, 10, 100, 1000);
        fixed (float* block = floats)
        {
            Assert.Equal((ReadBuffer.BlockBytes, 1111), (MachineLoops<LanesScalar, float>.Read(block), MachineLoops<LanesScalar, float>.Sink));
            Assert.Equal((ReadBuffer.BlockBytes, 1110), (MachineLoops<Lanes128, Vector128<float>>.Read(block), MachineLoops<Lanes128, Vector128<float>>.Sink));
            Assert.Equal((ReadBuffer.BlockBytes, 1100), (MachineLoops<Lanes256, Vector256<float>>.Read(block), MachineLoops<Lanes256, Vector256<float>>.Sink));
            Assert.Equal((ReadBuffer.BlockBytes, 1000), (MachineLoops<Lanes512, Vector512<float>>.Read(block), MachineLoops<Lanes512, Vector512<float>>.Sink));
        }
    }

    [Fact]
    public void AMultiplyAddIsTwoOperationsInEachLane()
    {
        Assert.Equal(2.0 * 12 * 1000, MachineLoops<LanesScalar, float>.MultiplyAdd());
        Assert.InRange(MachineLoops<LanesScalar, float>.Sink, 0.1f, 12.1f); // chains that go from 0.001 towards 1
    }

    /// <summary>Up to a gigabyte, filled once for all tests here.</summary>
    public sealed class LargeBuffer : IDisposable
    {
        internal ReadBuffer Buffer { get; } = new();

        public void Dispose() => Buffer.Dispose();
    }
}
