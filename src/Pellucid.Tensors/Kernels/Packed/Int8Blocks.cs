using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>One int8 product, stripped of spans: trusted, checked by <see cref="Int8Operand"/>.</summary>
internal unsafe struct Int8Product
{
    public int M;
    public int N;
    public int K;
    public float* X;
    public float* Y;
    public float* Bias;
    public sbyte* Panels;

    /// <summary>The scales of the weights, [N].</summary>
    public float* Scales;

    /// <summary>Σ_k of the weights of each column, [N].</summary>
    public int* WeightSums;

    /// <summary>Receive the scales of the rows of X, [M], and its 8-bit numbers, [M, K]; null when nobody wants them.</summary>
    public float* RowScales, Quantized;

    /// <summary>Groups of four k, the last padded with zeros.</summary>
    public readonly int Groups => (K + 3) / 4;
}

/// <summary>
/// How an int8 product is cut. First every row of X is quantised into tiles of rows; then each task takes some panels of columns and a block of rows. With
/// few rows the weights are read as they lie, once; with many, a panel is widened to 16 bits in the task's cache.
/// </summary>
internal static unsafe class Int8Blocks<TLanes, TShorts, TInts>
    where TLanes : struct, IInt8Lanes<TShorts, TInts>
    where TShorts : struct
    where TInts : struct
{
    private const int Panel = Int8Tile<TLanes, TShorts, TInts>.PanelColumns;
    private const int MaxRows = Int8Tile<TLanes, TShorts, TInts>.Rows;
    private const int RowTilesPerChunk = 32;
    private const long ParallelProducts = 300_000;

    public static void Multiply(in Int8Product p)
    {
        // Tiles of equal height: 8 rows are 4 + 4, not 6 + 2.
        var tiles = (p.M + MaxRows - 1) / MaxRows;
        var tileRows = (p.M + tiles - 1) / tiles;
        tiles = (p.M + tileRows - 1) / tileRows;
        // All activations, then one scale per row.
        var activations = (long)p.M * p.Groups * TLanes.GroupBytes / sizeof(float);
        var a = MatMulScratch.Shared(activations + p.M);
        var quantize = new QuantizeWork { P = p, TileRows = tileRows, A = (byte*)a, Scales = a + activations };
        if ((long)p.M * p.K < 32 * 1024)
        {
            for (var tile = 0; tile < tiles; tile++)
            {
                quantize.Run(tile);
            }
        }
        else
        {
            WorkerPool.Run(tiles, quantize);
        }

        var panels = (p.N + Panel - 1) / Panel;
        var work = new PanelWork { P = p, A = (byte*)a, RowScales = quantize.Scales, Panels = panels, TileRows = tileRows, RowsPerChunk = Math.Min(tiles, RowTilesPerChunk) * tileRows };
        var rowBlocks = (p.M + work.RowsPerChunk - 1) / work.RowsPerChunk;
        work.PanelsPerChunk = (long)p.M * p.N * p.K < ParallelProducts ? panels : Math.Max(1, panels * rowBlocks / (8 * WorkerPool.Threads));
        work.PanelChunks = (panels + work.PanelsPerChunk - 1) / work.PanelsPerChunk;
        WorkerPool.Run(work.PanelChunks * rowBlocks, work);
    }

    private struct QuantizeWork : IWork
    {
        public Int8Product P;
        public int TileRows;
        public byte* A;
        public float* Scales;

        public readonly void Run(int tile)
        {
            var first = tile * TileRows;
            var rows = Math.Min(TileRows, P.M - first);
            var to = A + (nint)first * P.Groups * TLanes.GroupBytes;
            for (var row = 0; row < rows; row++, to += TLanes.GroupBytes)
            {
                var x = P.X + (nint)(first + row) * P.K;
                Scales[first + row] = Int8Rows.Scale(x, P.K, out var inverse);
                Int8Rows.Quantize(x, P.K, inverse, to, (nint)rows * TLanes.GroupBytes, asBytes: TLanes.GroupBytes == 4);
                if (P.Quantized != null)
                {
                    HandOut(first + row, to, (nint)rows * TLanes.GroupBytes);
                }
            }
        }

        /// <summary>A row as the product reads it: groups of four, as 16-bit numbers or as bytes with 128 added.</summary>
        private readonly void HandOut(int row, byte* from, nint stride)
        {
            P.RowScales[row] = Scales[row];
            var to = P.Quantized + (nint)row * P.K;
            for (var k = 0; k < P.K; k++)
            {
                var group = from + k / 4 * stride;
                to[k] = TLanes.GroupBytes == 4 ? group[k % 4] - 128 : ((short*)group)[k % 4];
            }
        }
    }

    private struct PanelWork : IWork
    {
        public Int8Product P;
        public int TileRows;
        public byte* A;
        public float* RowScales;
        public int Panels;
        public int PanelsPerChunk;
        public int PanelChunks;
        public int RowsPerChunk;

        [SkipLocalsInit]
        public readonly void Run(int chunk)
        {
            var sums = stackalloc int[MaxRows * Panel];
            var firstRow = chunk / PanelChunks * RowsPerChunk;
            var endRow = Math.Min(P.M, firstRow + RowsPerChunk);
            var panel = chunk % PanelChunks * PanelsPerChunk;
            var end = Math.Min(Panels, panel + PanelsPerChunk);
            // With two tiles the second finds the weights in the cache.
            var many = TLanes.GroupBytes == 8 && endRow - firstRow > 2 * TileRows;
            var widened = many ? (short*)MatMulScratch.Local((long)P.Groups * 4 * Panel / 2) : null;
            for (; panel < end; panel++)
            {
                var bytes = P.Panels + (nint)panel * P.Groups * 4 * Panel;
                if (many)
                {
                    Int8Tile<TLanes, TShorts, TInts>.Widen(bytes, P.Groups, widened);
                }

                for (var row = firstRow; row < endRow; row += TileRows)
                {
                    var rows = Math.Min(TileRows, endRow - row);
                    var tile = new Int8TileOperands { Groups = P.Groups, A = A + (nint)row * P.Groups * TLanes.GroupBytes, Sums = sums };
                    if (many)
                    {
                        tile.B = (byte*)widened;
                        Int8Tile<TLanes, TShorts, TInts>.RunPanel<WidenedBytes>(rows, tile);
                    }
                    else
                    {
                        tile.B = (byte*)bytes;
                        Int8Tile<TLanes, TShorts, TInts>.RunPanel<PlainBytes>(rows, tile);
                    }

                    Put(sums, row, rows, panel * Panel);
                }
            }
        }

        /// <summary>y = float(sum) · scale of the row · scale of the column (+ bias), rounded after each step.</summary>
        private readonly void Put(int* sums, int row, int rows, int column)
        {
            var columns = Math.Min(Panel, P.N - column);
            var weights = P.Scales + column;
            var offsets = P.WeightSums + column; // times 128, what adding 128 to every activation has added
            var bias = P.Bias != null ? P.Bias + column : null;
            for (var i = 0; i < rows; i++, sums += Panel)
            {
                var y = P.Y + (nint)(row + i) * P.N + column;
                var scale = RowScales[row + i];
                var j = 0;
                for (; j <= columns - 16; j += 16)
                {
                    var exact = Vector512.Load(sums + j);
                    exact = TLanes.GroupBytes == 4 ? exact - (Vector512.Load(offsets + j) << 7) : exact;
                    var all = Vector512.ConvertToSingle(exact) * Vector512.Create(scale) * Vector512.Load(weights + j);
                    (bias != null ? all + Vector512.Load(bias + j) : all).Store(y + j);
                }

                for (; j < columns; j++)
                {
                    var exact = TLanes.GroupBytes == 4 ? sums[j] - (offsets[j] << 7) : sums[j];
                    var one = exact * scale * weights[j];
                    y[j] = bias != null ? one + bias[j] : one;
                }
            }
        }
    }
}
