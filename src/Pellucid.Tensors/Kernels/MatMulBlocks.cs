namespace Pellucid.Tensors.Kernels;

/// <summary>
/// How a product is computed from tiles and who packs what. C is a grid of chunks (<see cref="MatMulGrid"/>); a chunk walks
/// its panels of B and, for each, its tiles of rows of A, one block along K at a time. Whatever the plan, the order of
/// additions is the same. A and B are read where they lie when they are used too little to be worth packing; packed by
/// all threads together before the chunks begin, when many chunks want them; or packed by the chunk that uses them.
/// </summary>
internal static unsafe partial class MatMulBlocks<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int KC = MatMul.DepthBlock;
    private const int FewRows = 144;
    private const int DirectRows = 8;
    private const int DirectPanels = 8;
    private const int WidePanels = 12; // enough that packing the same rows once per column group costs little
    private const long PackedFloats = 4 << 20; // at most 16 MiB of packed B and 8 MiB of packed A at a time
    private const int Slab = 8 * 1024; // of K, when B is packed
    private const long MostOwnFloats = 144 * 1024; // rows of A, all of K, that stay in the second-level cache
    private const int PieceFloats = 32 * 1024;
    private const int TilesPerPiece = 12;

    private static int MR => MatMulTile<TLanes, TVector>.Rows;

    private static int NR => MatMulTile<TLanes, TVector>.Columns;

    /// <summary>Floats of all panels of a [K, N] matrix.</summary>
    public static long PackedLength(int k, int n) => (long)Tiles(n, NR) * NR * k;

    public static void PackAll(in MatMulOperands p, float* packed)
    {
        for (var panel = 0; panel < Tiles(p.N, NR); panel++)
        {
            PackB(p, 0, p.K, panel * NR, Math.Min(NR, p.N - panel * NR), packed + (nint)panel * p.K * NR);
        }
    }

    public static void Multiply(in MatMulOperands p)
    {
        if (p.PackedB != null || p.M <= FewRows && (Tiles(p.N, NR) >= 2 * WorkerPool.Threads || p.M <= MR))
        {
            MultiplyPanels(p, 0, Tiles(p.N, NR), shareB: false);
            return;
        }

        // K by slabs and N by groups of panels, so that the packing buffers stay small and in the cache. A slab is whole
        // blocks of K, and continuing a sum is what happens between blocks anyway.
        for (var k = 0; k < p.K; k += Slab)
        {
            var part = p.Slab(k, Math.Min(Slab, p.K - k));
            var panels = Tiles(p.N, NR);
            var atOnce = (int)Math.Clamp(PackedFloats / ((long)NR * part.K), 1, panels);
            for (var first = 0; first < panels; first += atOnce)
            {
                MultiplyPanels(part, first, Math.Min(atOnce, panels - first), shareB: true);
            }
        }
    }

    private static void MultiplyPanels(in MatMulOperands p, int first, int panels, bool shareB)
    {
        var tiles = Tiles(p.M, MR);
        var columns = Math.Min(panels * NR, p.N - first * NR);
        // One thread does 100 floating-point operations a nanosecond, but reads a weight in an eighth of one at best.
        // Few rows: B is what is read, so it is not cut twice unless there are too few panels to go round.
        var cutRows = p.M > FewRows || panels < 4 * WorkerPool.Threads && (shareB || p.PackedB != null);
        var nanoseconds = (long)p.K * columns * Math.Max(p.M, 6) / 50;
        var grid = MatMulGrid.Divide(tiles, panels, MR, NR, p.M == 1 ? 4 : 1, cutRows, nanoseconds, WorkerPool.Threads);
        var packed = 0;
        var work = new ChunkWork { P = p, FirstPanel = first, Grid = grid, PiecesDone = &packed };
        var bFloats = shareB ? (long)panels * NR * p.K : 0;
        if (p.M <= DirectRows || p.TransposeA == Transpose.Yes && p.M <= MR || panels <= DirectPanels && WalksWell(p))
        {
            work.PlanA = Plan.Direct;
            work.A = p.A;
        }
        else if ((p.M <= FewRows || grid.ColumnGroups > 1 && panels / grid.ColumnGroups < WidePanels) && (long)tiles * MR * p.K <= PackedFloats / 2)
        {
            work.PlanA = Plan.Shared;
        }
        else
        {
            work.PlanA = Plan.Own;
        }

        if (work.PlanA == Plan.Shared || shareB)
        {
            var shared = MatMulScratch.Shared(bFloats + (work.PlanA == Plan.Shared ? (long)tiles * MR * p.K + NR : 0));
            if (shareB)
            {
                work.B = shared;
                work.PanelsPerPiece = (int)Math.Clamp(PieceFloats / ((long)NR * p.K), 1, panels);
                work.DepthPerPiece = work.PanelsPerPiece > 1 ? p.K : Math.Min(p.K, PieceFloats / NR / KC * KC);
                work.PiecesOfB = Tiles(panels, work.PanelsPerPiece) * Tiles(p.K, work.DepthPerPiece);
            }

            if (work.PlanA == Plan.Shared)
            {
                work.A = shared + bFloats;
                work.PiecesOfA = Tiles(tiles, TilesPerPiece) * Tiles(p.K, KC);
            }
        }

        if (p.PackedB != null)
        {
            work.B = p.PackedB;
        }

        WorkerPool.Run(work.PiecesOfA + work.PiecesOfB + grid.Chunks, work);
    }

    /// <summary>
    /// Whether the rows of a tile of A, read where they lie, stay in the first-level cache and its table of pages: strides
    /// of whole pages put all rows into the same few cache sets, and a long stride along K touches a page per k.
    /// </summary>
    private static bool WalksWell(in MatMulOperands p) => p.TransposeA == Transpose.Yes ? p.StrideA <= 512 : p.StrideA % 512 != 0;

    private enum Plan
    {
        /// <summary>Read where it lies.</summary>
        Direct,

        /// <summary>Packed by all threads before the chunks.</summary>
        Shared,

        /// <summary>Each chunk packs what it uses.</summary>
        Own,
    }

    private static void PackA(in MatMulOperands p, int row, int rows, int k, int depth, float* panels)
    {
        if (p.TransposeA == Transpose.Yes)
        {
            MatMulPacking.PackRows(p.AtA(row, k), p.StrideA, rows, depth, panels, MR);
            return;
        }

        for (var r = 0; r < rows; r += MR)
        {
            MatMulPacking.PackColumns(p.AtA(row + r, k), p.StrideA, Math.Min(MR, rows - r), depth, panels + (nint)r * depth, MR);
        }
    }

    private static void PackB(in MatMulOperands p, int k, int depth, int column, int columns, float* panel)
    {
        if (p.TransposeB == Transpose.No)
        {
            MatMulPacking.PackRows(p.AtB(k, column), p.StrideB, columns, depth, panel, NR);
        }
        else
        {
            MatMulPacking.PackColumns(p.AtB(k, column), p.StrideB, columns, depth, panel, NR);
        }
    }

    private static int Tiles(int size, int tile) => (size + tile - 1) / tile;
}
