using System.Buffers;

namespace Pellucid.Tensors.Kernels;

internal static unsafe partial class Attention
{
    /// <summary>
    /// With w the weights, m the dropout factors and c the context: dv = (w·m)ᵀ·dc, dw = m·(dc·vᵀ),
    /// ds = w·(dw - Σ dw·w), dq = scale·ds·k, dk = scale·dsᵀ·q. Gradients are contiguous [B, T, H, K] and [B, S, H, K];
    /// weights, mask, scale and dropout are those of <see cref="Forward"/>.
    /// </summary>
    public static void Backward(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, ReadOnlySpan<float> weights, ReadOnlySpan<float> dcontext,
        in AttentionShape shape, float scale, in AttentionMask mask, in AttentionDropout dropout,
        Span<float> dq, bool accumulateQuery, Span<float> dk, bool accumulateKey, Span<float> dv, bool accumulateValue)
    {
        var head = AttentionHead.Of(shape, scale, mask, dropout);
        CheckInputs(q, k, v, shape);
        Edge.Length(weights.Length, shape.WeightLength, nameof(weights));
        Edge.Length(dcontext.Length, shape.QueryLength, nameof(dcontext));
        Edge.Length(dq.Length, shape.QueryLength, nameof(dq));
        Edge.Length(dk.Length, shape.KeyGradientLength, nameof(dk));
        Edge.Length(dv.Length, shape.KeyGradientLength, nameof(dv));
        fixed (float* pq = q, pk = k, pv = v, pw = weights, pc = dcontext, pdq = dq, pdk = dk, pdv = dv)
        fixed (int* pl = mask.KeyLengths)
        {
            head.KeyLengths = pl; // masked weights are zero already, so an explicit mask needs no second look
            var body = new BackwardBody
            {
                Head = head, Q = pq, K = pk, V = pv, Weights = pw, Dcontext = pc, Dq = pdq, Dk = pdk, Dv = pdv,
                AddQ = accumulateQuery, AddK = accumulateKey, AddV = accumulateValue,
            };
            Split.Over(shape.B * shape.H, 3 * Work(shape), body);
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public AttentionHead Head;
        public float* Q, K, V, Weights, Dcontext, Dq, Dk, Dv;
        public bool AddQ, AddK, AddV;

        public readonly void Run(int start, int end)
        {
            var shape = Head.Shape;
            int width = AttentionLoops.Padded(shape.S);
            float[] rented = ArrayPool<float>.Shared.Rent(checked((shape.K + 2 * shape.T) * width + 1));
            fixed (float* packed = rented)
                for (int i = start; i < end; i++) One(i / shape.H, i % shape.H, packed, width, packed + shape.K * width);
            ArrayPool<float>.Shared.Return(rented);
        }

        private readonly void One(int b, int h, float* packed, int width, float* ds)
        {
            var shape = Head.Shape;
            int T = shape.T, S = shape.S, length = Head.Length(b), stride = Head.QueryStride;
            long query = Head.Query(b, h), gradient = Head.KeyGradient(b, h), key = Head.Key(b, h), row = Head.Weights(b, h);
            float* dropped = Weights + row;
            if (Head.P > 0) Dropout.Row(Head.DropoutKey, (ulong)row, Head.P, Weights + row, dropped = ds + T * width, (long)T * S, accumulate: false);
            AttentionLoops.Mix(dropped, 1, S, S, T, Dcontext + query, stride, shape.K, Dv + gradient, stride, AddV);

            AttentionLoops.Pack(V + key, shape.KeyStride, length, shape.K, packed, width);
            AttentionLoops.Dots(Dcontext + query, stride, T, shape.K, packed, width, length, ds, width);
            for (int t = 0; t < T; t++)
            {
                float* x = ds + t * width;
                int end = Head.End(b, t);
                if (Head.P > 0) Dropout.Row(Head.DropoutKey, (ulong)(row + (long)t * S), Head.P, x, x, end, accumulate: false);
                Softmax.BackwardRow(Weights + row + (long)t * S, x, x, end, accumulate: false);
                Lanes.Scale(x, end, Head.Scale);
                new Span<float>(x + end, width - end).Clear();
            }
            AttentionLoops.Mix(ds, width, 1, T, length, K + key, shape.KeyStride, shape.K, Dq + query, stride, AddQ);
            AttentionLoops.Mix(ds, 1, width, S, T, Q + query, stride, shape.K, Dk + gradient, stride, AddK);
        }
    }
}
