namespace Pellucid.Tensors.Kernels;

/// <summary>y[i] = scale·table[ids[i]], and its gradient.</summary>
internal static unsafe class Embedding
{
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    public static void Gather(ReadOnlySpan<float> table, int V, int D, ReadOnlySpan<int> ids, float scale, Span<float> y)
    {
        Edge.Length(table.Length, Edge.Count(V, D), nameof(table));
        Edge.Length(y.Length, Edge.Count(ids.Length, D), nameof(y));
        CheckIds(ids, V);
        fixed (float* pt = table, py = y)
        fixed (int* pi = ids)
            Split.Over(ids.Length, D, new GatherBody { Table = pt, Ids = pi, Y = py, D = D, Scale = scale });
    }

    /// <summary>dtable[ids[i]] += scale·dy[i], in the order of i; threads take columns, so the order holds for any number of them.</summary>
    public static void Scatter(ReadOnlySpan<float> dy, ReadOnlySpan<int> ids, float scale, int V, int D, Span<float> dtable)
    {
        Edge.Length(dtable.Length, Edge.Count(V, D), nameof(dtable));
        Edge.Length(dy.Length, Edge.Count(ids.Length, D), nameof(dy));
        CheckIds(ids, V);
        fixed (float* pd = dtable, py = dy)
        fixed (int* pi = ids)
            Split.OverColumns((D + Columns - 1) / Columns, (long)ids.Length * Columns, new ScatterBody { Dtable = pd, Ids = pi, Dy = py, Count = ids.Length, D = D, Scale = scale });
    }

    private const int Columns = 64;

    private static void CheckIds(ReadOnlySpan<int> ids, int V)
    {
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)V)
                throw new ArgumentOutOfRangeException(nameof(ids), $"Id {ids[i]} at position {i} is not a row of a table of {V}; do tokenizer and model share one vocabulary?");
    }

    private struct GatherBody : IRangeBody
    {
        public float* Table, Y;
        public int* Ids;
        public int D;
        public float Scale;

        public readonly void Run(int start, int end)
        {
            for (long i = start; i < end; i++)
            {
                float* row = Table + (long)Ids[i] * D;
                Pass.Row(row, row, Y + i * D, D, new Elementwise.Scaled { Factor = Scale }, accumulate: false);
            }
        }
    }

    private struct ScatterBody : IRangeBody
    {
        public float* Dtable, Dy;
        public int* Ids;
        public int Count, D;
        public float Scale;

        public readonly void Run(int start, int end)
        {
            int first = start * Columns, n = Math.Min(end * Columns, D) - first;
            for (long i = 0; i < Count; i++)
            {
                float* row = Dtable + (long)Ids[i] * D + first;
                Pass.Row(row, Dy + i * D + first, row, n, new Elementwise.ScaledSum { Factor = Scale }, accumulate: false);
            }
        }
    }
}
