namespace Pellucid.Tensors.Kernels;

internal static unsafe partial class MatMulBlocks<TLanes, TVector>
{
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
}
