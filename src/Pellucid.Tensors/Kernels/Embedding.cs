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

    /// <summary>y[i] = dropout(scale·table[ids[i]] + positions[i mod T]) with positions [T, D], in one pass. An empty mask keeps everything.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    public static void GatherAt(ReadOnlySpan<float> table, int V, int D, ReadOnlySpan<int> ids, float scale, ReadOnlySpan<float> positions, int T,
        ReadOnlySpan<float> mask, float p, Span<float> y)
    {
        int count = Edge.Count(ids.Length, D);
        Edge.Length(table.Length, Edge.Count(V, D), nameof(table));
        Edge.Length(positions.Length, Edge.Count(T, D), nameof(positions));
        Edge.LengthOrEmpty(mask.Length, DropoutMask.Length(count), nameof(mask));
        Edge.Length(y.Length, count, nameof(y));
        CheckIds(ids, V);
        fixed (float* pt = table, pp = positions, pk = mask, py = y)
        fixed (int* pi = ids)
            Split.Over(ids.Length, 2L * D, new GatherAtBody { Table = pt, Ids = pi, Positions = pp, T = T, Mask = pk, Factor = DropoutMask.Factor(p), Y = py, D = D, Scale = scale });
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

    private struct GatherAtBody : IRangeBody
    {
        public float* Table, Positions, Mask, Y;
        public int* Ids;
        public int T, D;
        public float Scale, Factor;

        public readonly void Run(int start, int end)
        {
            for (long i = start; i < end; i++)
            {
                float* row = Table + (long)Ids[i] * D, position = Positions + i % T * D;
                for (int j = 0; j < D; j += Lanes.Width)
                {
                    var v = Lanes.LoadUpTo(row + j, D - j) * Lanes.Set(Scale) + Lanes.LoadUpTo(position + j, D - j);
                    if (Mask != null) v = (v * Lanes.Set(Factor)) & DropoutMask.Lanes16(Mask, i * D + j);
                    Lanes.StoreUpTo(v, Y + i * D + j, D - j);
                }
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
