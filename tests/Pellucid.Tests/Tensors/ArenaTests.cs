using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

public sealed class ArenaTests
{
    [Fact]
    public void BlocksAreAlignedAndDoNotOverlap()
    {
        var arena = new Arena();
        var blocks = Enumerable.Range(0, 40).Select(i => (Index: i, Block: arena.Rent(1 + i * 777))).ToList();
        foreach (var (i, block) in blocks)
        {
            Assert.InRange(block.Length, 1 + i * 777, i * 777 + Arena.Grain);
            unsafe
            {
                fixed (float* start = &block.Slab[block.Start])
                    Assert.Equal(0u, (nuint)start % 64);
            }
            block.Slab.AsSpan(block.Start, block.Length).Fill(i);
        }
        Assert.All(blocks, entry => Assert.Equal(-1, entry.Block.Slab.AsSpan(entry.Block.Start, entry.Block.Length).IndexOfAnyExcept(entry.Index)));
    }

    [Fact]
    public void FreeNeighboursJoinInWhateverOrderTheyComeBack()
    {
        var arena = new Arena();
        int third = 2_000 * Arena.Grain;
        arena.Return(arena.Rent(third * 3));
        long capacity = arena.Capacity;
        foreach (int[] order in (int[][])[[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]])
        {
            Arena.Block[] blocks = [arena.Rent(third), arena.Rent(third), arena.Rent(third)];
            Assert.Equal(capacity, arena.Capacity);
            foreach (int i in order)
                arena.Return(blocks[i]);
            var whole = arena.Rent(third * 3);
            Assert.Equal(capacity, arena.Capacity);
            arena.Return(whole);
        }
        Assert.Equal(0, arena.InUse);
    }

    [Fact]
    public void StepsOfChangingShapesFitIntoLittleMoreThanTheLargestNeeded()
    {
        // As a training step does: activations one after the other, given back from the last to the first while gradients come and go.
        var arena = new Arena();
        var rng = new Rng(7);
        long largest = 0;
        for (int step = 0; step < 300; step++)
        {
            int rows = 20 + rng.Below(200, (ulong)step);
            int[] widths = [.. Enumerable.Range(0, 60).Select(i => 64 + rng.Below(4, (ulong)(1000 * step + i)) * 512)];
            var activations = widths.Select(width => arena.Rent(rows * width)).ToList();
            largest = Math.Max(largest, arena.InUse);
            var gradient = arena.Rent(rows * widths[^1]);
            for (int i = activations.Count - 1; i >= 0; i--)
            {
                var next = arena.Rent(rows * widths[Math.Max(0, i - 1)]);
                arena.Return(gradient);
                arena.Return(activations[i]);
                gradient = next;
            }
            arena.Return(gradient);
        }
        Assert.Equal(0, arena.InUse);
        Assert.InRange(arena.Capacity, largest, largest * 3 / 2);
    }

    [Fact]
    public void AnEmptyArrayGoesWhenItIsTrimmed()
    {
        var arena = new Arena();
        var (first, second) = (arena.Rent(8_000_000), arena.Rent(80_000_000));
        arena.Return(second);
        arena.Trim();
        Assert.InRange(arena.Capacity, 8_000_000L * 4, 40_000_000L * 4);
        arena.Return(first);
        arena.Trim();
        Assert.Equal(0, arena.Capacity);
        Assert.InRange(arena.Peak, 88_000_000L * 4, 88_000_000L * 4 + 2 * Arena.Grain * 4);
    }

    [Fact]
    public void ABlockThatComesBackTwiceIsAnError()
    {
        var arena = new Arena();
        var block = arena.Rent(5);
        arena.Return(block);
        Assert.Throws<InvalidOperationException>(() => arena.Return(block));
    }
}
