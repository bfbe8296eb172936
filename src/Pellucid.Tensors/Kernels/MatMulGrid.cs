namespace Pellucid.Tensors.Kernels;

/// <summary>
/// How C is divided into chunks for the threads: a grid of nearly equal rectangles of tiles, small enough for the caches,
/// numerous enough to keep the threads evenly busy, never split along K.
/// </summary>
internal readonly record struct MatMulGrid(int RowTiles, int Panels, int PanelUnit, int RowGroups, int ColumnGroups)
{
    // A chunk's rows of A (one block along K, 12 KB a tile) and columns of B (32 KB a panel) share the second-level cache.
    private const int MostRowTiles = 6;
    private const int MostPanels = 16;
    private const int ChunksPerThread = 4;
    private const int ManyChunksPerThread = 16;
    private const long ChunkNanoseconds = 2_500; // a dispatch costs about 1,000

    public int Chunks => RowGroups * ColumnGroups;

    public (int First, int End) Rows(int chunk) => Part(RowTiles, RowGroups, chunk % RowGroups);

    public (int First, int End) Columns(int chunk)
    {
        var (first, end) = Part((Panels + PanelUnit - 1) / PanelUnit, ColumnGroups, chunk / RowGroups);
        return (first * PanelUnit, Math.Min(end * PanelUnit, Panels));
    }

    /// <param name="cutRows">False when every chunk packs its own B: then no two may want the same.</param>
    /// <param name="panelUnit">Panels that are worked on together; a column group holds whole units.</param>
    /// <param name="nanoseconds">About how long the product takes one thread.</param>
    public static MatMulGrid Divide(int rowTiles, int panels, int tileRows, int tileColumns, int panelUnit, bool cutRows, long nanoseconds, int threads)
    {
        var units = (panels + panelUnit - 1) / panelUnit;
        var mostRows = cutRows ? rowTiles : 1;
        var rows = Math.Min(mostRows, (rowTiles + MostRowTiles - 1) / MostRowTiles);
        var columns = (panels + MostPanels - 1) / MostPanels;
        var wanted = threads == 1 ? 1 : (int)Math.Min((long)ChunksPerThread * threads, nanoseconds / ChunkNanoseconds);
        while ((long)rows * columns < wanted && (rows < mostRows || columns < units))
        {
            // Cut the longer side: a square reads least.
            var cutColumns = (long)panels * tileColumns * rows > (long)rowTiles * tileRows * columns;
            if (columns < units && (cutColumns || rows == mostRows))
            {
                columns++;
            }
            else
            {
                rows++;
            }
        }

        // Few chunks: as many for one thread as for the other.
        if ((long)rows * columns < (long)ManyChunksPerThread * threads && wanted > 1)
        {
            var (moreRows, moreColumns) = (rows, columns);
            while (moreRows < mostRows && moreRows * columns % threads != 0)
            {
                moreRows++;
            }

            while (moreColumns < units && rows * moreColumns % threads != 0)
            {
                moreColumns++;
            }

            var (byRows, byColumns) = (moreRows * columns % threads == 0, rows * moreColumns % threads == 0);
            if (byRows && (!byColumns || moreRows * columns <= rows * moreColumns))
            {
                rows = moreRows;
            }
            else if (byColumns)
            {
                columns = moreColumns;
            }
        }

        return new MatMulGrid(rowTiles, panels, panelUnit, rows, columns);
    }

    /// <summary>The larger parts come first: a thread that is handed one late would keep the others waiting.</summary>
    private static (int First, int End) Part(int count, int parts, int part)
    {
        var (size, larger) = (count / parts, count % parts);
        return (part * size + Math.Min(part, larger), (part + 1) * size + Math.Min(part + 1, larger));
    }
}
