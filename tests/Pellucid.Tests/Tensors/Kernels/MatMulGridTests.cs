using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed class MatMulGridTests
{
    private static readonly int[] Counts = [1, 2, 3, 7, 8, 22, 171, 250];

    [Fact]
    public void TheChunksCoverEveryTileExactlyOnce()
    {
        foreach (var rowTiles in Counts)
        {
            foreach (var panels in Counts)
            {
                foreach (var unit in new[] { 1, 4 })
                {
                    foreach (var threads in new[] { 1, 2, 3, 8 })
                    {
                        foreach (var cutRows in new[] { false, true })
                        {
                            var grid = MatMulGrid.Divide(rowTiles, panels, 12, 32, unit, cutRows, 1_000_000, threads);
                            var seen = new int[rowTiles * panels];
                            for (var chunk = 0; chunk < grid.Chunks; chunk++)
                            {
                                var ((firstRow, endRow), (firstColumn, endColumn)) = (grid.Rows(chunk), grid.Columns(chunk));
                                for (var i = firstRow; i < endRow; i++)
                                {
                                    for (var j = firstColumn; j < endColumn; j++)
                                    {
                                        seen[i * panels + j]++;
                                    }
                                }
                            }

                            Assert.False(seen.AsSpan().ContainsAnyExcept(1), $"{rowTiles} x {panels} by {unit}, {threads} threads, rows cut: {cutRows}");
                            Assert.True(cutRows || grid.RowGroups == 1);
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(22, 8)]
    [InlineData(11, 8)]
    [InlineData(171, 8)]
    [InlineData(86, 32)]
    public void TwoThreadsGetEvenShares(int rowTiles, int panels)
    {
        var grid = MatMulGrid.Divide(rowTiles, panels, 12, 32, 1, cutRows: true, 1_000_000, threads: 2);
        var shares = new long[2];
        for (var chunk = 0; chunk < grid.Chunks; chunk++)
        {
            var ((firstRow, endRow), (firstColumn, endColumn)) = (grid.Rows(chunk), grid.Columns(chunk));
            var free = shares[0] <= shares[1] ? 0 : 1; // whoever is done first takes the next
            shares[free] += (endRow - firstRow) * (endColumn - firstColumn);
        }

        Assert.InRange((double)shares.Max() * 2 / (rowTiles * panels), 1, 1.06);
    }

    [Fact]
    public void ATinyProductIsNotDivided() => Assert.Equal(1, MatMulGrid.Divide(1, 2, 12, 32, 1, cutRows: true, nanoseconds: 2_000, threads: 8).Chunks);
}
