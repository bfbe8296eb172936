using System.Runtime.CompilerServices;

namespace Pellucid.Tensors.Kernels;

/// <summary>One product with weights in bfloat16, stripped of spans: trusted, checked by <see cref="BFloat16Operand"/>.</summary>
internal unsafe struct BFloat16Product
{
    public int M;
    public int N;
    public int K;
    public float* X;
    public float* Y;
    public float* Bias;

    /// <summary>[panel][K][vector of pairs].</summary>
    public uint* Panels;
}

/// <summary>
/// How a product with bfloat16 weights is cut. Few rows are bound by reading the weights: they are widened in registers. For many rows, panels are widened into
/// scratch memory, once, and the float32 kernel does the rest.
/// </summary>
internal static unsafe class BFloat16Blocks<TLanes, TPairs, TVector>
    where TLanes : struct, ILanes<TVector>
    where TPairs : struct, IBFloat16Lanes<TVector>
    where TVector : struct
{
    private const int FewRows = 12;
    private const int TileRows = 6;
    private const int MaxColumns = 32;
    private const int KC = MatMul.DepthBlock;
    private const long ParallelProducts = 300_000;
    private const long WidenedFloats = 1 << 19; // 2 MiB at a time

    private static int Columns => 2 * TLanes.Count;

    public static void Multiply(in BFloat16Product p)
    {
        var panels = (p.N + Columns - 1) / Columns;
        if (p.K == 0)
        {
            // Empty sums, which no panel holds.
            MatMul.MultiplyPanels(p.M, p.N, 0, p.X, 0, null, p.Y, p.N, p.Bias);
            return;
        }

        if (p.M <= FewRows)
        {
            var perChunk = (long)p.M * p.N * p.K < ParallelProducts ? panels : Math.Max(1, panels / (8 * WorkerPool.Threads));
            if (p.M == 1 && panels >= 4 * WorkerPool.Threads)
            {
                perChunk = (perChunk + 3) / 4 * 4; // whole fours, which a single row is multiplied with together
            }

            WorkerPool.Run((panels + perChunk - 1) / perChunk, new FewRowsWork { P = p, Panels = panels, PanelsPerChunk = perChunk });
            return;
        }

        var atOnce = (int)Math.Clamp(WidenedFloats / ((long)Columns * p.K), 1, panels);
        for (var first = 0; first < panels; first += atOnce)
        {
            var count = Math.Min(atOnce, panels - first);
            var column = first * Columns;
            BFloat16Scratch.Widened(count, (long)p.K * Columns, out var floats);
            WorkerPool.Run(count, new WidenWork { From = p.Panels + (nint)first * p.K * TLanes.Count, To = floats, K = p.K });
            MatMul.MultiplyPanels(p.M, Math.Min(p.N - column, count * Columns), p.K, p.X, p.K, floats, p.Y + column, p.N, p.Bias != null ? p.Bias + column : null);
        }
    }

    private struct WidenWork : IWork
    {
        public uint* From;
        public float* To;
        public int K;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int panel)
        {
            var from = From + (nint)panel * K * TLanes.Count;
            var to = To + (nint)panel * K * Columns;
            for (var k = 0; k < K; k++, from += TLanes.Count, to += Columns)
            {
                TLanes.Store(TPairs.Lower(from), to);
                TLanes.Store(TPairs.Upper(from), to + TLanes.Count);
            }
        }
    }

    private struct FewRowsWork : IWork
    {
        public BFloat16Product P;
        public int Panels;
        public int PanelsPerChunk;

        [SkipLocalsInit]
        public readonly void Run(int chunk)
        {
            var sums = stackalloc float[FewRows * MaxColumns];
            var end = Math.Min(Panels, (chunk + 1) * PanelsPerChunk);
            for (var panel = chunk * PanelsPerChunk; panel < end;)
            {
                var together = P.M == 1 && end - panel >= 4 ? 4 : 1;
                for (var k = 0; k < P.K; k += KC)
                {
                    var depth = Math.Min(KC, P.K - k);
                    var pairs = P.Panels + ((nint)panel * P.K + k) * TLanes.Count;
                    if (together == 4)
                    {
                        BFloat16Tile<TLanes, TPairs, TVector>.RunRowOfFourPanels(depth, P.X + k, pairs, (nint)P.K * TLanes.Count, sums);
                    }
                    else
                    {
                        // In halves of equal height; the second finds the weights in the cache.
                        var rows = P.M > TileRows ? (P.M + 1) / 2 : P.M;
                        for (var row = 0; row < P.M; row += rows)
                        {
                            BFloat16Tile<TLanes, TPairs, TVector>.Run(Math.Min(rows, P.M - row), depth, P.X + (nint)row * P.K + k, P.K, pairs, sums + row * Columns);
                        }
                    }

                    for (var i = 0; i < P.M; i++)
                    {
                        Put(sums + i * Columns, i, panel * Columns, together * Columns, k);
                    }
                }

                panel += together;
            }
        }

        /// <summary>y = sum (first block), y + sum (later blocks); + bias after the last.</summary>
        private readonly void Put(float* sums, int row, int column, int columns, int k)
        {
            var y = P.Y + (nint)row * P.N + column;
            var bias = P.Bias != null && k + KC >= P.K ? P.Bias + column : null;
            columns = Math.Min(columns, P.N - column);
            var j = 0;
            for (; j <= columns - TLanes.Count; j += TLanes.Count)
            {
                var sum = TLanes.Load(sums + j);
                sum = k > 0 ? TLanes.Add(TLanes.Load(y + j), sum) : sum;
                TLanes.Store(bias != null ? TLanes.Add(sum, TLanes.Load(bias + j)) : sum, y + j);
            }

            for (; j < columns; j++)
            {
                var sum = k > 0 ? y[j] + sums[j] : sums[j];
                y[j] = bias != null ? sum + bias[j] : sum;
            }
        }
    }
}

/// <summary>Memory for widened panels, kept per thread. Not <see cref="MatMulScratch"/>'s: the float32 kernel that reads it uses that itself.</summary>
internal static unsafe class BFloat16Scratch
{
    [ThreadStatic]
    private static float[]? buffer;

    public static void Widened(int panels, long panelLength, out float* floats)
    {
        if (buffer is null || buffer.Length < panels * panelLength + 16)
        {
            buffer = MatMulScratch.Allocate(panels * panelLength);
        }

        floats = MatMulScratch.Align(buffer);
    }
}
