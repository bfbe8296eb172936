using System.Numerics;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The k largest of log softmax(x) in rows of n, and what the rest follows from: y = (x - max x) - ln Σ e^(x - max x), the very
/// subtractions of <see cref="LogSoftmax"/>, so a value taken from here has the same bits. Nothing of size n is written.
/// </summary>
internal static unsafe class LogSoftmaxTop
{
    /// <summary>
    /// Best first, of equals the lower index; only what is more than negative infinity. Where a row has fewer, its last places hold index -1 and negative infinity.
    /// normalizers [rows, 2] gets max and log sum (see <see cref="LogSoftmax.LogSumExp"/>).
    /// </summary>
    /// <param name="x">[rows, n]</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Elements of a row.</param>
    /// <param name="k">How many to keep; 0 computes the normalizers alone.</param>
    /// <param name="excluded">[n], not 0 where an index is left out in every row; empty for none.</param>
    /// <param name="rowExcluded">Further indices to leave out, row after row.</param>
    /// <param name="rowEnds">[rows], where each row's end in <paramref name="rowExcluded"/>; empty for none.</param>
    /// <param name="indices">[rows, k]</param>
    /// <param name="values">[rows, k]</param>
    /// <param name="normalizers">[rows, 2]</param>
    public static void Forward(
        ReadOnlySpan<float> x, int rows, int n, int k, ReadOnlySpan<byte> excluded, ReadOnlySpan<int> rowExcluded, ReadOnlySpan<int> rowEnds,
        Span<int> indices, Span<float> values, Span<float> normalizers)
    {
        Edge.Length(x.Length, Edge.Count(rows, n), nameof(x));
        Edge.LengthOrEmpty(excluded.Length, n, nameof(excluded));
        Edge.LengthOrEmpty(rowEnds.Length, rows, nameof(rowEnds));
        Edge.Length(rowExcluded.Length, rowEnds.IsEmpty ? 0 : rowEnds[^1], nameof(rowExcluded));
        Edge.Length(indices.Length, Edge.Count(rows, k), nameof(indices));
        Edge.Length(values.Length, indices.Length, nameof(values));
        Edge.Length(normalizers.Length, 2 * rows, nameof(normalizers));
        fixed (float* px = x, pv = values, pn = normalizers)
        fixed (byte* pe = excluded)
        fixed (int* pr = rowExcluded, pd = rowEnds, pi = indices)
        {
            Split.Over(rows, 8L * n, new Body { X = px, N = n, K = k, Excluded = pe, RowExcluded = pr, RowEnds = pd, Indices = pi, Values = pv, Normalizers = pn });
        }
    }

    /// <summary>One element of log softmax from its row's normalizers.</summary>
    public static float Value(float x, float max, float logSum) => max == float.NegativeInfinity ? max : x - max - logSum;

    /// <summary>The twin in double: documentation and oracle.</summary>
    public static void Naive(ReadOnlySpan<double> x, int rows, int n, int k, Func<int, int, bool> isExcluded, Span<int> indices, Span<double> values)
    {
        double[] y = new double[x.Length];
        LogSoftmax.Naive(x, rows, n, y);
        for (int r = 0; r < rows; r++)
        {
            var best = Enumerable.Range(0, n).Where(i => !isExcluded(r, i) && y[r * n + i] > double.NegativeInfinity).OrderByDescending(i => y[r * n + i]).Take(k).ToList();
            for (int place = 0; place < k; place++)
                (indices[r * k + place], values[r * k + place]) = place < best.Count ? (best[place], y[r * n + best[place]]) : (-1, double.NegativeInfinity);
        }
    }

    private struct Body : IRangeBody
    {
        public float* X, Values, Normalizers;
        public byte* Excluded;
        public int* RowExcluded, RowEnds, Indices;
        public int N, K;

        public readonly void Run(int start, int end)
        {
            for (int r = start; r < end; r++)
            {
                float* x = X + (long)r * N;
                var (max, logSum) = LogSoftmax.LogSumExp(x, N);
                Normalizers[2 * r] = max;
                Normalizers[2 * r + 1] = (float)logSum;
                if (K > 0) Best(r, x, max, (float)logSum);
            }
        }

        /// <summary>Nearly every block of the row is passed over after one comparison with the worst value kept.</summary>
        private readonly void Best(int r, float* x, float max, float logSum)
        {
            int* indices = Indices + (long)r * K;
            float* values = Values + (long)r * K;
            new Span<int>(indices, K).Fill(-1);
            new Span<float>(values, K).Fill(float.NegativeInfinity);
            if (!(max > float.NegativeInfinity) || float.IsNaN(logSum)) return;
            var own = RowEnds == null ? default : new ReadOnlySpan<int>(RowExcluded + (r == 0 ? 0 : RowEnds[r - 1]), RowEnds[r] - (r == 0 ? 0 : RowEnds[r - 1]));
            Vector512<float> m = Lanes.Set(max), s = Lanes.Set(logSum), worst = Lanes.Set(float.NegativeInfinity);
            int i = 0;
            for (; i <= N - 4 * Lanes.Width; i += 4 * Lanes.Width)
            {
                var a = Vector512.GreaterThan(Lanes.Load(x + i) - m - s, worst) | Vector512.GreaterThan(Lanes.Load(x + i + 16) - m - s, worst);
                var b = Vector512.GreaterThan(Lanes.Load(x + i + 32) - m - s, worst) | Vector512.GreaterThan(Lanes.Load(x + i + 48) - m - s, worst);
                if ((a | b) == Vector512<float>.Zero) continue;
                for (int j = i; j < i + 4 * Lanes.Width; j += Lanes.Width)
                    Offer(j, Vector512.GreaterThan(Lanes.Load(x + j) - m - s, worst).ExtractMostSignificantBits(), x, max, logSum, own, indices, values);
                worst = Lanes.Set(values[K - 1]);
            }
            for (; i < N; i += Lanes.Width)
                Offer(i, N - i >= Lanes.Width ? 0xffff : (1UL << (N - i)) - 1, x, max, logSum, own, indices, values);
        }

        private readonly void Offer(int at, ulong lanes, float* x, float max, float logSum, ReadOnlySpan<int> own, int* indices, float* values)
        {
            for (; lanes != 0; lanes &= lanes - 1)
            {
                int index = at + BitOperations.TrailingZeroCount(lanes);
                float value = x[index] - max - logSum;
                if (!(value > values[K - 1]) || (Excluded != null && Excluded[index] != 0) || own.Contains(index)) continue;
                int place = K - 1;
                for (; place > 0 && value > values[place - 1]; place--) (indices[place], values[place]) = (indices[place - 1], values[place - 1]);
                (indices[place], values[place]) = (index, value);
            }
        }
    }
}
