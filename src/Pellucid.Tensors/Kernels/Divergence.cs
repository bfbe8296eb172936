using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The symmetric Kullback-Leibler divergence of two distributions given as logits a and b, with p = softmax(a) and q = softmax(b):
/// d = ½ (KL(p‖q) + KL(q‖p)), KL(p‖q) = Σ_v p (ln p - ln q). In nats.
/// </summary>
internal static unsafe class Divergence
{
    /// <summary>What a row leaves for <see cref="Backward"/>: ln Σ e^a, ln Σ e^b, KL(p‖q), KL(q‖p).</summary>
    public const int RowState = 4;

    /// <summary>The sum of d over the counted rows, in row order and in double. Logits a and b are [rows, V], state is [rows, 4].</summary>
    public static double Forward(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<bool> counted, int rows, int V, Span<float> state)
    {
        Check(a, b, counted, rows, V, state.Length);
        fixed (float* pa = a, pb = b, ps = state)
        fixed (bool* pc = counted)
            Split.Over(rows, 24L * V, new ForwardBody { A = pa, B = pb, Counted = pc, State = ps, V = V });
        double sum = 0;
        for (int r = 0; r < rows; r++)
            if (counted[r]) sum += 0.5 * ((double)state[r * RowState + 2] + state[r * RowState + 3]);
        return sum;
    }

    /// <summary>
    /// da = scale·½ (p (ln p - ln q - KL(p‖q)) + p - q) and db the same with the sides exchanged; zero for rows that do not count.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<bool> counted, int rows, int V, ReadOnlySpan<float> state,
        float scale, Span<float> da, Span<float> db, bool accumulate)
    {
        Check(a, b, counted, rows, V, state.Length);
        Edge.Length(da.Length, a.Length, nameof(da));
        Edge.Length(db.Length, b.Length, nameof(db));
        fixed (float* pa = a, pb = b, ps = state, pda = da, pdb = db)
        fixed (bool* pc = counted)
            Split.Over(rows, 24L * V, new BackwardBody { A = pa, B = pb, Counted = pc, State = ps, V = V, Half = scale / 2, Da = pda, Db = pdb, Accumulate = accumulate });
    }

    /// <summary>d of one row in double.</summary>
    public static double NaiveRow(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double[] lnp = new double[a.Length], lnq = new double[b.Length];
        LogSoftmax.Naive(a, 1, a.Length, lnp);
        LogSoftmax.Naive(b, 1, b.Length, lnq);
        double sum = 0;
        for (int v = 0; v < lnp.Length; v++) sum += (Math.Exp(lnp[v]) - Math.Exp(lnq[v])) * (lnp[v] - lnq[v]);
        return sum / 2;
    }

    private static void Check(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<bool> counted, int rows, int V, int state)
    {
        Edge.Length(a.Length, Edge.Count(rows, V), nameof(a));
        Edge.Length(b.Length, a.Length, nameof(b));
        Edge.Length(counted.Length, rows, nameof(counted));
        Edge.Length(state, Edge.Count(rows, RowState), nameof(state));
    }

    private struct ForwardBody : IRangeBody
    {
        public float* A, B, State;
        public bool* Counted;
        public int V;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++)
            {
                float* state = State + r * RowState;
                if (!Counted[r])
                {
                    new Span<float>(state, RowState).Clear();
                    continue;
                }
                float* a = A + r * V;
                float* b = B + r * V;
                var (maxA, logSumA) = LogSoftmax.LogSumExp(a, V);
                var (maxB, logSumB) = LogSoftmax.LogSumExp(b, V);
                (state[0], state[1]) = ((float)(maxA + logSumA), (float)(maxB + logSumB));
                Vector512<float> pq = default, qp = default;
                for (int i = 0; i < V; i += Lanes.Width)
                {
                    int count = Math.Min(Lanes.Width, V - i);
                    var mask = Lanes.Mask(count);
                    // Lanes beyond the row: ln p = ln q = 0, so they add 1·0.
                    var lnp = Lanes.Select(mask, Read(a + i, count) - Lanes.Set(state[0]), default);
                    var lnq = Lanes.Select(mask, Read(b + i, count) - Lanes.Set(state[1]), default);
                    pq = Lanes.Fma(VectorMath.Exp(lnp), lnp - lnq, pq);
                    qp = Lanes.Fma(VectorMath.Exp(lnq), lnq - lnp, qp);
                }
                (state[2], state[3]) = (Lanes.Fold(pq), Lanes.Fold(qp));
            }
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* A, B, State, Da, Db;
        public bool* Counted;
        public int V;
        public float Half;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            for (long r = start; r < end; r++)
            {
                if (Counted[r])
                    Row(A + r * V, B + r * V, State + r * RowState, Da + r * V, Db + r * V);
                else if (!Accumulate)
                {
                    new Span<float>(Da + r * V, V).Clear();
                    new Span<float>(Db + r * V, V).Clear();
                }
            }
        }

        private readonly void Row(float* a, float* b, float* state, float* da, float* db)
        {
            for (int i = 0; i < V; i += Lanes.Width)
            {
                int count = Math.Min(Lanes.Width, V - i);
                var lnp = Read(a + i, count) - Lanes.Set(state[0]);
                var lnq = Read(b + i, count) - Lanes.Set(state[1]);
                var p = VectorMath.Exp(lnp);
                var q = VectorMath.Exp(lnq);
                var difference = lnp - lnq;
                Write(da + i, count, Lanes.Fma(p, difference - Lanes.Set(state[2]), p - q));
                Write(db + i, count, Lanes.Fma(q, -difference - Lanes.Set(state[3]), q - p));
            }
        }

        private readonly void Write(float* to, int count, Vector512<float> value)
        {
            value *= Lanes.Set(Half);
            if (Accumulate) value = Read(to, count) + value;
            if (count == Lanes.Width) value.Store(to);
            else Lanes.StoreTail(value, to, count);
        }
    }

    private static Vector512<float> Read(float* x, int count) => count == Lanes.Width ? Lanes.Load(x) : Lanes.LoadTail(x, count);
}
