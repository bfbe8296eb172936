namespace Pellucid.Tensors.Kernels;

/// <summary>A piece of kernel work over an index range; a struct, so that the JIT specialises and inlines it.</summary>
internal interface IRangeBody
{
    void Run(int start, int end);
}

/// <summary>Divides a range of independent rows (or columns) over the worker threads. No result may depend on how.</summary>
internal static class Split
{
    // Below this many elements a dispatch costs more than it saves.
    private const long WorthThreads = 32 * 1024;

    /// <summary>Runs <paramref name="body"/> over rows 0 .. count-1; itemWork, the elements touched per row, decides whether threads pay.</summary>
    public static void Over<TBody>(int count, long itemWork, TBody body) where TBody : struct, IRangeBody => Run(count, itemWork, body, piecesPerThread: 4);

    /// <summary>The same for columns: one strip per thread, because narrow strips waste cache lines.</summary>
    public static void OverColumns<TBody>(int count, long itemWork, TBody body) where TBody : struct, IRangeBody => Run(count, itemWork, body, piecesPerThread: 1);

    private static void Run<TBody>(int count, long itemWork, TBody body, int piecesPerThread) where TBody : struct, IRangeBody
    {
        if (count <= 0) return;
        int threads = WorkerPool.Threads;
        if (threads == 1 || count == 1 || count * itemWork < WorthThreads) body.Run(0, count);
        else
        {
            int pieces = (int)Math.Min(count, (long)threads * piecesPerThread);
            WorkerPool.Run(pieces, new Pieces<TBody> { Body = body, Count = count, Total = pieces });
        }
    }

    private struct Pieces<TBody> : IWork where TBody : struct, IRangeBody
    {
        public TBody Body;
        public int Count, Total;

        public readonly void Run(int chunk) => Body.Run((int)((long)Count * chunk / Total), (int)((long)Count * (chunk + 1) / Total));
    }
}
