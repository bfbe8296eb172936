namespace Pellucid.Tensors.Kernels;

/// <summary>
/// How a product is computed from tiles and who packs what. C is a grid of chunks (<see cref="MatMulGrid"/>); a chunk walks
/// its panels of B and, for each, its tiles of rows of A, one block along K at a time. Whatever the plan, the order of
/// additions is the same. A and B are read where they lie when they are used too little to be worth packing; packed by
/// all threads together before the chunks begin, when many chunks want them; or packed by the chunk that uses them.
/// </summary>
internal static unsafe class MatMulBlocks<TLanes, TVector>
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

    /// <summary>
    /// First the pieces to be packed for all, then the chunks of C. They are handed out in this order, so that whoever gets
    /// a chunk waits only for pieces that are being packed right now.
    /// </summary>
    private struct ChunkWork : IWork
    {
        public MatMulOperands P;
        public int FirstPanel;
        public MatMulGrid Grid;
        public Plan PlanA;

        /// <summary>Direct: as stored. Shared: [block of K][tile of rows][k][row].</summary>
        public float* A;

        /// <summary>[panel][K][column of the panel]; null when a chunk reads or packs B itself.</summary>
        public float* B;

        public int PiecesOfA;
        public int PiecesOfB;
        public int PanelsPerPiece;
        public int DepthPerPiece;
        public int* PiecesDone;

        public readonly void Run(int chunk)
        {
            var pieces = PiecesOfA + PiecesOfB;
            if (chunk < pieces)
            {
                if (chunk < PiecesOfB)
                {
                    PackPieceOfB(chunk);
                }
                else
                {
                    PackPieceOfA(chunk - PiecesOfB);
                }

                Interlocked.Increment(ref *PiecesDone);
                return;
            }

            if (Volatile.Read(ref *PiecesDone) < pieces)
            {
                var patience = Patience.Begin();
                while (Volatile.Read(ref *PiecesDone) < pieces)
                {
                    patience.Wait();
                }
            }

            Compute(chunk - pieces);
        }

        private readonly void PackPieceOfB(int piece)
        {
            var depths = Tiles(P.K, DepthPerPiece);
            var (first, k) = (piece / depths * PanelsPerPiece, piece % depths * DepthPerPiece);
            for (var panel = first; panel < Math.Min(Grid.Panels, first + PanelsPerPiece); panel++)
            {
                var column = (FirstPanel + panel) * NR;
                PackB(P, k, Math.Min(DepthPerPiece, P.K - k), column, Math.Min(NR, P.N - column), B + ((nint)panel * P.K + k) * NR);
            }
        }

        private readonly void PackPieceOfA(int piece)
        {
            var groups = Tiles(Grid.RowTiles, TilesPerPiece);
            var (k, tile) = (piece / groups * KC, piece % groups * TilesPerPiece);
            var (row, depth) = (tile * MR, Math.Min(KC, P.K - k));
            PackA(P, row, Math.Min(TilesPerPiece * MR, P.M - row), k, depth, SharedA(tile, k, depth));
        }

        private readonly float* SharedA(int tile, int k, int depth) => A + (nint)k * Grid.RowTiles * MR + (nint)tile * MR * depth;

        private readonly void Compute(int chunk)
        {
            var (tile, endTile) = Grid.Rows(chunk);
            var (panel, endPanel) = Grid.Columns(chunk);
            var own = PlanA == Plan.Own;
            // All of K at once when the chunk's rows of A fit the second-level cache: then a tile of C is finished, and a
            // panel of B read from its beginning to its end, before the next. Otherwise one block along K after another.
            var depth = (long)(endTile - tile) * MR * P.K <= MostOwnFloats ? P.K : KC;
            var ownFloats = own ? (long)(endTile - tile) * MR * Math.Min(depth, P.K) : 0;
            var local = own || B == null ? MatMulScratch.Local(ownFloats + KC * NR) : null;
            for (var start = 0; start < P.K; start += depth)
            {
                var end = Math.Min(P.K, start + depth);
                if (own)
                {
                    for (var k = start; k < end; k += KC)
                    {
                        PackA(P, tile * MR, Math.Min(endTile * MR, P.M) - tile * MR, k, Math.Min(KC, end - k), local + (nint)(k - start) * (endTile - tile) * MR);
                    }
                }

                for (var i = panel; i < endPanel;)
                {
                    var count = P.M == 1 && CanTakeFour(i, endPanel) ? 4 : 1;
                    for (var k = start; k < end; k += KC)
                    {
                        if (count == 4)
                        {
                            RunFourPanels(i, k);
                        }
                        else
                        {
                            Block(tile, endTile, i, k, local + (nint)(k - start) * (endTile - tile) * MR, local + ownFloats);
                        }
                    }

                    i += count;
                }
            }
        }

        private readonly bool CanTakeFour(int panel, int end) =>
            panel + 4 <= end && (FirstPanel + panel + 4) * NR <= P.N && (B != null || P.TransposeB == Transpose.No);

        private readonly void RunFourPanels(int panel, int k)
        {
            var column = (FirstPanel + panel) * NR;
            var depth = Math.Min(KC, P.K - k);
            var tile = Tile(0, column, k, depth);
            var step = P.TransposeA == Transpose.No ? 1 : P.StrideA;
            tile.A = A + k * step;
            tile.DepthStrideA = step;
            tile.B = B != null ? B + ((nint)panel * P.K + k) * NR : P.AtB(k, column);
            tile.DepthStrideB = B != null ? NR : P.StrideB;
            MatMulTile<TLanes, TVector>.RunRowOfFourPanels(tile, B != null ? (nint)P.K * NR : NR);
            if (P.HasFunction && k + depth == P.K)
            {
                MatMulEpilogue.Apply(P, 0, column, 1, 4 * NR);
            }
        }

        /// <summary>Tiles of rows by one panel by one block along K.</summary>
        private readonly void Block(int firstTile, int endTile, int panel, int k, float* ownA, float* ownB)
        {
            var depth = Math.Min(KC, P.K - k);
            var finish = P.HasFunction && k + depth == P.K;
            var column = (FirstPanel + panel) * NR;
            var tile = Tile(firstTile * MR, column, k, depth);
            SetB(ref tile, endTile - firstTile, panel, k, ownB);
            if (PlanA == Plan.Direct)
            {
                tile.RowStrideA = P.TransposeA == Transpose.No ? P.StrideA : 1;
                tile.DepthStrideA = P.TransposeA == Transpose.No ? 1 : P.StrideA;
            }
            else
            {
                tile.RowStrideA = 1;
                tile.DepthStrideA = MR;
            }

            for (var t = firstTile; t < endTile; t++)
            {
                var row = t * MR;
                var rows = Math.Min(MR, P.M - row);
                tile.A = PlanA switch
                {
                    Plan.Direct => P.AtA(row, k),
                    Plan.Shared => SharedA(t, k, depth),
                    _ => ownA + (nint)(t - firstTile) * MR * depth,
                };
                tile.C = P.C + row * P.StrideC + column;
                MatMulTile<TLanes, TVector>.Run(rows, tile);
                tile.Fetch += depth * tile.FetchStep;
                if (finish)
                {
                    MatMulEpilogue.Apply(P, row, column, rows, tile.Columns);
                }
            }
        }

        private readonly void SetB(ref TileOperands tile, int tiles, int panel, int k, float* own)
        {
            var column = (FirstPanel + panel) * NR;
            tile.B = own;
            tile.DepthStrideB = NR;
            tile.FetchStep = 0;
            if (B != null)
            {
                // Several tiles share the asking for the next block or panel, which lies behind this one. A tile that is
                // alone reads on without a break, and the machine's own prefetching does better (measured).
                tile.B = B + ((nint)panel * P.K + k) * NR;
                tile.FetchStep = tiles == 1 ? 0 : NR / Math.Min(tiles, NR);
            }
            else if (P.TransposeB == Transpose.No && (tile.Columns == NR || tile.Columns == NR / 2) && P.M <= 2 * MR)
            {
                // A plain B whose panel fills whole vectors and is used once or twice is read where it lies.
                tile.B = P.AtB(k, column);
                tile.DepthStrideB = P.StrideB;
            }
            else
            {
                PackB(P, k, tile.Depth, column, tile.Columns, own);
            }

            tile.Fetch = tile.FetchStep == 0 ? tile.B : tile.B + (nint)tile.Depth * NR;
        }

        private readonly TileOperands Tile(int row, int column, int k, int depth) => new()
        {
            Depth = depth,
            Columns = Math.Min(NR, P.N - column),
            C = P.C + row * P.StrideC + column,
            RowStrideC = P.StrideC,
            Add = k > 0 || P.Accumulate,
            Bias = P.Bias != null && k + depth == P.K ? P.Bias + column : null,
        };
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
