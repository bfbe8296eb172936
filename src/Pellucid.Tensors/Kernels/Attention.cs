using System.Buffers;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Scaled dot-product attention, softmax(q·kᵀ·scale + mask)·v for every batch item and head (Vaswani et al. 2017,
/// equation 1). A row that may see nothing gets zero weights and a zero context.
/// </summary>
internal static unsafe partial class Attention
{
    /// <summary>
    /// Query [B, T, H, K], keys and values [B, S, H, K] with the strides of the shape; weights [B, H, T, S] (before
    /// dropout) and context [B, T, H, K] are always written, scores (scaled, unmasked) and masked scores [B, H, T, S]
    /// when not empty. Every number is independent of T, of the batch and of keys beyond the row's view.
    /// </summary>
    public static void Forward(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, in AttentionShape shape, float scale,
        in AttentionMask mask, in AttentionDropout dropout, Span<float> weights, Span<float> context,
        Span<float> scores = default, Span<float> maskedScores = default)
    {
        var head = AttentionHead.Of(shape, scale, mask, dropout);
        CheckInputs(q, k, v, shape);
        Edge.Length(weights.Length, shape.WeightLength, nameof(weights));
        Edge.Length(context.Length, shape.QueryLength, nameof(context));
        Edge.LengthOrEmpty(scores.Length, shape.WeightLength, nameof(scores));
        Edge.LengthOrEmpty(maskedScores.Length, shape.WeightLength, nameof(maskedScores));
        fixed (float* pq = q, pk = k, pv = v, pw = weights, pc = context, ps = scores, pm = maskedScores)
        fixed (int* pl = mask.KeyLengths)
        fixed (byte* pb = mask.Visible)
        {
            head.KeyLengths = pl;
            head.Visible = pb;
            var body = new ForwardBody { Head = head, Q = pq, K = pk, V = pv, Weights = pw, Context = pc, Scores = ps, Masked = pm };
            Split.Over(shape.B * shape.H, Work(shape), body);
        }
    }

    private static void CheckInputs(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, in AttentionShape shape)
    {
        Edge.Length(q.Length, shape.QueryLength, nameof(q));
        if (k.Length < shape.KeyLength || v.Length < shape.KeyLength)
            throw new ArgumentException($"Keys and values of shape {shape} span {shape.KeyLength} floats; got {k.Length} and {v.Length}.");
    }

    private static long Work(in AttentionShape shape) => ((long)shape.T + 1) * shape.S * (shape.K / 4 + 8);

    private struct ForwardBody : IRangeBody
    {
        public AttentionHead Head;
        public float* Q, K, V, Weights, Context, Scores, Masked;

        private const int RowBlock = 32;

        public readonly void Run(int start, int end)
        {
            var shape = Head.Shape;
            int width = AttentionLoops.Padded(shape.S);
            int block = Math.Min(RowBlock, shape.T);
            float[] rented = ArrayPool<float>.Shared.Rent(checked((shape.K + 2 * block) * width + 1));
            fixed (float* packed = rented)
                for (int i = start; i < end; i++) One(i / shape.H, i % shape.H, packed, width, packed + shape.K * width);
            ArrayPool<float>.Shared.Return(rented);
        }

        private readonly void One(int b, int h, float* packed, int width, float* rows)
        {
            var shape = Head.Shape;
            int length = Scores != null ? shape.S : Head.Length(b), stride = Head.QueryStride;
            float* dropped = rows + Math.Min(RowBlock, shape.T) * width;
            float* v = V + Head.Key(b, h);
            AttentionLoops.Pack(K + Head.Key(b, h), shape.KeyStride, length, shape.K, packed, width);
            for (int t = 0; t < shape.T; t += RowBlock)
            {
                int count = Math.Min(RowBlock, shape.T - t), last = Head.End(b, t + count - 1);
                long query = Head.Query(b, h) + (long)t * stride, row = Head.Weights(b, h) + (long)t * shape.S;
                AttentionLoops.Dots(Q + query, stride, count, shape.K, packed, width, Scores != null ? shape.S : last, rows, width);
                for (int i = 0; i < count; i++) Weigh(b, t + i, rows + i * width, row + (long)i * shape.S);
                float* mixed = Weights + row;
                if (Head.P > 0) Dropout.Row(Head.DropoutKey, (ulong)row, Head.P, mixed, mixed = dropped, (long)count * shape.S, accumulate: false);
                AttentionLoops.Mix(mixed, shape.S, 1, count, last, v, shape.KeyStride, shape.K, Context + query, stride, accumulate: false);
            }
        }

        /// <summary>One row: scale, mask, softmax.</summary>
        private readonly void Weigh(int b, int t, float* x, long at)
        {
            int S = Head.Shape.S, end = Head.End(b, t);
            Lanes.Scale(x, Scores != null ? S : end, Head.Scale);
            if (Scores != null) new ReadOnlySpan<float>(x, S).CopyTo(new Span<float>(Scores + at, S));
            byte* visible = Head.VisibleRow(b, t);
            if (visible != null)
                for (int s = 0; s < end; s++)
                    if (visible[s] == 0) x[s] = float.NegativeInfinity;
            if (Masked != null)
            {
                new ReadOnlySpan<float>(x, end).CopyTo(new Span<float>(Masked + at, end));
                new Span<float>(Masked + at + end, S - end).Fill(float.NegativeInfinity);
            }
            Softmax.Row(x, Weights + at, end);
            new Span<float>(Weights + at + end, S - end).Clear();
        }
    }
}
