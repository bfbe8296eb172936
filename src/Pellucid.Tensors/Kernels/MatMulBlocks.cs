namespace Pellucid.Tensors.Kernels;

/// <summary>The operands of one product, stripped of spans: trusted, checked by <see cref="MatMul"/>.</summary>
internal unsafe struct MatMulOperands
{
    public Transpose TransposeA;
    public Transpose TransposeB;
    public int M;
    public int N;
    public int K;
    public float* A;
    public nint StrideA;
    public float* B;
    public nint StrideB;
    public float* C;
    public nint StrideC;
    public bool Accumulate;
    public float* Bias;
    public ElementFunction Function;
    public float* Before;
    public nint StrideBefore;
    public ElementFunction DerivativeOf;
    public float* At;
    public nint StrideAt;

    /// <summary>Panels of all of B made beforehand, [panel][K][columns of a tile]; null when B is plain.</summary>
    public float* PackedB;

    /// <summary>Whether more than the bias is left to do when the last sum along K is in C.</summary>
    public readonly bool HasFunction => Function != ElementFunction.Identity || DerivativeOf != ElementFunction.Identity || Before != null;

    public readonly float* AtA(int row, int k) => TransposeA == Transpose.No ? A + row * StrideA + k : A + k * StrideA + row;

    public readonly float* AtB(int k, int column) => TransposeB == Transpose.No ? B + k * StrideB + column : B + column * StrideB + k;
}

/// <summary>
/// How a product is cut into tiles and who packs what. Two plans, one order of additions:
/// few rows of A: A is packed once, each task walks panels of B and packs them on the fly into its L1 cache;
/// many rows: B is packed once for all, each task owns a tile of C and packs its block of A into its L2 cache.
/// </summary>
internal static unsafe class MatMulBlocks<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int KC = MatMul.DepthBlock;
    private const long ParallelFlops = 400_000;
    private const int FewRows = 144;
    private const int DirectRows = 4;
    private const int DirectPanels = 4;
    private const long PackedFloats = 4 << 20; // 16 MiB of packed B at a time

    private static int MR => MatMulTile<TLanes, TVector>.Rows;

    private static int NR => MatMulTile<TLanes, TVector>.Columns;

    public static void Multiply(in MatMulOperands p)
    {
        if (p.M <= FewRows)
        {
            MultiplyFewRows(p);
        }
        else
        {
            MultiplyManyRows(p);
        }
    }

    /// <summary>Floats of all panels of a [K, N] matrix.</summary>
    public static long PackedLength(int k, int n) => (long)Tiles(n, NR) * NR * k;

    public static void PackAll(in MatMulOperands p, float* packed) => Pack(p, 0, Tiles(p.N, NR), packed);

    private static void MultiplyFewRows(in MatMulOperands p)
    {
        var work = new FewRowsWork { P = p, Panels = Tiles(p.N, NR) };
        // A that is read only a few times, or that is one panel already, is read where it lies.
        if (p.M <= DirectRows || work.Panels <= DirectPanels || p.TransposeA == Transpose.Yes && p.M <= MR)
        {
            work.A = p.A;
            work.RowStride = p.TransposeA == Transpose.No ? p.StrideA : 1;
            work.DepthStride = p.TransposeA == Transpose.No ? 1 : p.StrideA;
        }
        else
        {
            work.A = MatMulScratch.Shared((long)Tiles(p.M, MR) * MR * p.K);
            work.RowStride = 1;
            work.DepthStride = MR;
            work.Packed = true;
            for (var k = 0; k < p.K; k += KC)
            {
                PackA(p, 0, p.M, k, Math.Min(KC, p.K - k), work.A + (nint)k * Tiles(p.M, MR) * MR);
            }
        }

        var flops = 2L * p.M * p.N * p.K;
        work.PanelsPerChunk = flops < ParallelFlops ? work.Panels : Math.Max(1, work.Panels / (8 * WorkerPool.Threads));
        WorkerPool.Run(Tiles(work.Panels, work.PanelsPerChunk), work);
    }

    private struct FewRowsWork : IWork
    {
        public MatMulOperands P;
        public float* A;
        public nint RowStride;
        public nint DepthStride;
        public bool Packed;
        public int Panels;
        public int PanelsPerChunk;

        public readonly void Run(int chunk)
        {
            var end = Math.Min(Panels, (chunk + 1) * PanelsPerChunk);
            var local = P.PackedB == null ? MatMulScratch.Local(KC * NR) : null;
            for (var panel = chunk * PanelsPerChunk; panel < end;)
            {
                if (P.M == 1 && Math.Min(end * NR, P.N) - panel * NR >= 4 * NR && (P.PackedB != null || P.TransposeB == Transpose.No))
                {
                    RunFourPanels(panel);
                    panel += 4;
                }
                else
                {
                    RunPanel(panel++, local);
                }
            }
        }

        private readonly void RunFourPanels(int panel)
        {
            for (var k = 0; k < P.K; k += KC)
            {
                var tile = Tile(P, 0, panel * NR, k, Math.Min(KC, P.K - k));
                tile.A = A + k * DepthStride;
                tile.DepthStrideA = DepthStride;
                tile.B = P.PackedB != null ? P.PackedB + ((nint)panel * P.K + k) * NR : P.AtB(k, panel * NR);
                tile.DepthStrideB = P.PackedB != null ? NR : P.StrideB;
                MatMulTile<TLanes, TVector>.RunRowOfFourPanels(tile, P.PackedB != null ? (nint)P.K * NR : NR);
            }

            if (P.HasFunction)
            {
                MatMulEpilogue.Apply(P, 0, panel * NR, 1, 4 * NR);
            }
        }

        private readonly void RunPanel(int panel, float* local)
        {
            var column = panel * NR;
            var columns = Math.Min(NR, P.N - column);
            // A plain B whose panel fills whole vectors and is used once or twice is read where it lies.
            var direct = P.PackedB == null && P.TransposeB == Transpose.No && (columns == NR || columns == NR / 2) && P.M <= 2 * MR;
            for (var k = 0; k < P.K; k += KC)
            {
                var depth = Math.Min(KC, P.K - k);
                var b = local;
                nint strideB = NR;
                if (P.PackedB != null)
                {
                    b = P.PackedB + ((nint)panel * P.K + k) * NR;
                }
                else if (direct)
                {
                    b = P.AtB(k, column);
                    strideB = P.StrideB;
                }
                else
                {
                    PackB(P, k, depth, column, columns, local);
                }

                var tile = Tile(P, 0, column, k, depth);
                tile.B = b;
                tile.DepthStrideB = strideB;
                tile.RowStrideA = RowStride;
                tile.DepthStrideA = DepthStride;
                for (var row = 0; row < P.M; row += MR)
                {
                    tile.A = Packed
                        ? A + (nint)k * Tiles(P.M, MR) * MR + (nint)row * depth
                        : A + k * DepthStride + row * RowStride;
                    tile.C = P.C + row * P.StrideC + column;
                    var rows = Math.Min(MR, P.M - row);
                    MatMulTile<TLanes, TVector>.Run(rows, tile);
                    if (P.HasFunction && k + depth == P.K)
                    {
                        MatMulEpilogue.Apply(P, row, column, rows, columns);
                    }
                }
            }
        }
    }

    private static void MultiplyManyRows(in MatMulOperands p)
    {
        if (p.PackedB != null)
        {
            MultiplyPanels(p, 0, Tiles(p.N, NR), p.PackedB);
            return;
        }

        var panels = Tiles(p.N, NR);
        var atOnce = (int)Math.Clamp(PackedFloats / ((long)NR * p.K), 1, panels);
        var packed = MatMulScratch.Shared((long)atOnce * NR * p.K);
        for (var first = 0; first < panels; first += atOnce)
        {
            var count = Math.Min(atOnce, panels - first);
            Pack(p, first, count, packed);
            MultiplyPanels(p, first, count, packed);
        }
    }

    private static void Pack(in MatMulOperands p, int first, int count, float* packed)
    {
        var perChunk = (int)Math.Clamp(65536L / ((long)p.K * NR + 1), 1, count);
        WorkerPool.Run(Tiles(count, perChunk), new PackWork { P = p, First = first, Count = count, PerChunk = perChunk, Packed = packed });
    }

    private struct PackWork : IWork
    {
        public MatMulOperands P;
        public int First;
        public int Count;
        public int PerChunk;
        public float* Packed;

        public readonly void Run(int chunk)
        {
            var end = Math.Min(Count, (chunk + 1) * PerChunk);
            for (var i = chunk * PerChunk; i < end; i++)
            {
                var column = (First + i) * NR;
                PackB(P, 0, P.K, column, Math.Min(NR, P.N - column), Packed + (nint)i * P.K * NR);
            }
        }
    }

    private static void MultiplyPanels(in MatMulOperands p, int first, int count, float* packed)
    {
        // Enough tasks to keep the threads evenly busy, as large as the caches like.
        var rows = 8 * MR;
        var panels = Math.Min(count, 512 / NR);
        var wanted = 4 * WorkerPool.Threads;
        while ((long)Tiles(p.M, rows) * Tiles(count, panels) < wanted && rows > 2 * MR)
        {
            rows /= 2;
        }

        var work = new ManyRowsWork
        {
            P = p, First = first, Count = count, Packed = packed,
            Rows = rows, Panels = panels, RowTasks = Tiles(p.M, rows),
        };
        WorkerPool.Run(work.RowTasks * Tiles(count, panels), work);
    }

    private struct ManyRowsWork : IWork
    {
        public MatMulOperands P;
        public int First;
        public int Count;
        public float* Packed;
        public int Rows;
        public int Panels;
        public int RowTasks;

        public readonly void Run(int chunk)
        {
            var row = chunk % RowTasks * Rows;
            var rows = Math.Min(Rows, P.M - row);
            var panel = chunk / RowTasks * Panels;
            var end = Math.Min(Count, panel + Panels);
            var a = MatMulScratch.Local((long)Tiles(Rows, MR) * MR * KC);
            for (var k = 0; k < P.K; k += KC)
            {
                var depth = Math.Min(KC, P.K - k);
                PackA(P, row, rows, k, depth, a);
                for (var i = panel; i < end; i++)
                {
                    var column = (First + i) * NR;
                    var tile = Tile(P, row, column, k, depth);
                    tile.B = Packed + ((nint)i * P.K + k) * NR;
                    tile.DepthStrideB = NR;
                    tile.RowStrideA = 1;
                    tile.DepthStrideA = MR;
                    for (var r = 0; r < rows; r += MR)
                    {
                        tile.A = a + (nint)r * depth;
                        tile.C = P.C + (row + r) * P.StrideC + column;
                        var height = Math.Min(MR, rows - r);
                        MatMulTile<TLanes, TVector>.Run(height, tile);
                        if (P.HasFunction && k + depth == P.K)
                        {
                            MatMulEpilogue.Apply(P, row + r, column, height, tile.Columns);
                        }
                    }
                }
            }
        }
    }

    private static TileOperands Tile(in MatMulOperands p, int row, int column, int k, int depth) => new()
    {
        Depth = depth,
        Columns = Math.Min(NR, p.N - column),
        C = p.C + row * p.StrideC + column,
        RowStrideC = p.StrideC,
        Add = k > 0 || p.Accumulate,
        Bias = p.Bias != null && k + depth == p.K ? p.Bias + column : null,
    };

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
