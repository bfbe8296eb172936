using System.Runtime.InteropServices;
using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// Scaled dot-product attention of every head (Vaswani et al. 2017, eq. 1): <c>softmax(Q Kᵀ / √K + mask) V</c>.
    /// Shapes: query <c>[B, T, H, K]</c>, key and value <c>[B, S, H, K]</c>, result (the context) <c>[B, T, H, K]</c>, weights <c>[B, H, T, S]</c>.
    /// The heads stay side by side in memory, as the projections wrote them: splitting and merging them is a reshape and moves nothing.
    /// </summary>
    /// <param name="dropout">Applied to the probabilities; null outside training.</param>
    /// <exception cref="ShapeException">The shapes contradict each other or the mask.</exception>
    public static Tensor Attention(this Tensor query, Tensor key, Tensor value, AttentionMask mask, AttentionDropout? dropout = null) =>
        new AttentionOp(mask, dropout).Apply(query, key, value);

    /// <summary>The same, and the weights <c>[B, H, T, S]</c> beside the context. No gradient flows into the weights.</summary>
    public static AttentionResult AttentionWithWeights(this Tensor query, Tensor key, Tensor value, AttentionMask mask)
    {
        var op = new AttentionOp(mask, null) { WantsWeights = true };
        var context = op.Apply(query, key, value);
        return new AttentionResult(context, op.Weights);
    }

    /// <summary>
    /// Attention of the queries <c>[R, T, H, K]</c> to everything in the cache that the mask allows.
    /// Bit for bit what <see cref="Attention(Tensor, Tensor, Tensor, AttentionMask, AttentionDropout?)"/> computes with all keys at hand.
    /// </summary>
    /// <param name="query">The queries.</param>
    /// <param name="cache">Keys and values.</param>
    /// <param name="mask">Null for <see cref="AttentionMask.CausalOnly"/>: the queries are the newest positions, whose own keys the cache holds; the future among them is hidden.</param>
    /// <exception cref="ShapeException">The query's shape is not the cache's, or the mask does not fit.</exception>
    public static Tensor Attention(this Tensor query, KeyValueCache cache, AttentionMask? mask = null)
    {
        mask ??= AttentionMask.CausalOnly;
        if (Recorder.Current is not { WantsIntermediates: true })
            return new CachedAttentionOp(cache, mask).Apply(query);
        var (keys, values) = cache.ToTensors();
        return query.Attention(keys, values, mask);
    }

    /// <summary>The same, and the weights <c>[R, H, T, S]</c> beside the context.</summary>
    public static AttentionResult AttentionWithWeights(this Tensor query, KeyValueCache cache, AttentionMask mask)
    {
        if (Recorder.Current is { WantsIntermediates: true })
        {
            var (keys, values) = cache.ToTensors();
            return query.AttentionWithWeights(keys, values, mask);
        }
        var op = new CachedAttentionOp(cache, mask) { WantsWeights = true };
        var context = op.Apply(query);
        return new AttentionResult(context, op.Weights);
    }
}

/// <summary>What attention computes: the context <c>[B, T, H, K]</c> and the weights <c>[B, H, T, S]</c>.</summary>
public sealed record AttentionResult(Tensor Context, Tensor Weights);

/// <summary>Dropout on attention probabilities: how likely, and the key of the mask.</summary>
public readonly record struct AttentionDropout(float Probability, Rng Key);

/// <summary>
/// W = softmax(Q Kᵀ/√K + mask), P = dropout(W), C = P V.
/// dV = Pᵀ dC; dW = dropout(dC Vᵀ); dA = W (dW - Σ_s dW W); dQ = dA K/√K; dK = dAᵀ Q/√K.
/// </summary>
internal sealed class AttentionOp(AttentionMask mask, AttentionDropout? dropout) : Op
{
    private Tensor? statistics, weights, scores, scaled, masked, dropped;
    private Tensor? dweights, dscaled, dscores, ddropped;
    private DropoutBits kept;

    public override string Name => "attention";

    /// <summary>Whether the caller takes the weights; else they exist only where an observer wants them.</summary>
    internal bool WantsWeights { get; init; }

    internal Tensor Weights => weights!;

    internal Rng? DropoutKey => dropout?.Key;

    internal float DropoutProbability => dropout?.Probability ?? 0;

    internal override DropoutBits Kept => kept;

    internal AttentionMask Mask => mask;

    /// <summary>
    /// Q Kᵀ (<c>scores</c>), the same / √K (<c>scaled</c>), minus infinity where not visible (<c>masked</c>), the <c>weights</c>, and what dropout left of them (<c>dropped</c>), each <c>[B, H, T, S]</c>.
    /// </summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates =>
        scores is null ? [] : [("scores", scores), ("scaled", scaled!), ("masked", masked!), ("weights", weights!), .. dropped is null ? Array.Empty<(string, Tensor)>() : [("dropped", dropped)]];

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (q, k, v) = (inputs[0], inputs[1], inputs[2]);
        var shape = ShapeOf(q, k, v);
        statistics = Tensor.Allocate([2, shape.B, shape.H, shape.T]);
        weights = WantsWeights || Traced ? Tensor.Allocate(Matrix(shape)) : null;
        scores = Traced ? Tensor.Allocate(Matrix(shape)) : null;
        scaled = Traced ? Tensor.Allocate(Matrix(shape)) : null;
        masked = Traced ? Tensor.Allocate(Matrix(shape)) : null;
        if (Traced && dropout is { Probability: > 0 } d)
        {
            kept = new DropoutBits(new DropoutSite(d.Probability, d.Key), Matrix(shape).Count);
            dropped = Tensor.Allocate(Matrix(shape));
        }
        var context = Tensor.Allocate(q.Shape);
        Kernels.Attention.Forward(q.Data, k.Data, v.Data, shape, Scale(shape), KernelMask(shape), KernelDropout(), context.Data, new AttentionOutputs
        {
            Statistics = statistics.Data,
            Weights = weights is null ? default : weights.Data,
            Scores = scores is null ? default : scores.Data,
            Scaled = scaled is null ? default : scaled.Data,
            Masked = masked is null ? default : masked.Data,
            Dropped = dropped is null ? default : dropped.Data,
        });
        return context;
    }

    internal override void Backward(Derivative d)
    {
        var (q, k, v) = (d.Input(0), d.Input(1), d.Input(2));
        var shape = ShapeOf(q, k, v);
        // Where one tensor is several inputs, their gradients share memory, and the kernel may overwrite none of them.
        bool shared = q == k || k == v || v == q;
        var dq = Destination(d, 0, shared, out bool addQ);
        var dk = Destination(d, 1, shared, out bool addK);
        var dv = Destination(d, 2, shared, out bool addV);
        if (Traced)
            (dweights, dscaled, dscores) = (Tensor.Zeros(Matrix(shape)), Tensor.Zeros(Matrix(shape)), Tensor.Zeros(Matrix(shape)));
        ddropped = dropped is null ? null : Tensor.Zeros(Matrix(shape));
        Kernels.Attention.Backward(q.Data, k.Data, v.Data, d.Output.Data, statistics!.Data, d.Gradient, shape, Scale(shape), KernelMask(shape), KernelDropout(),
            dq, addQ, dk, addK, dv, addV, dweights is null ? default : new AttentionGradients
            {
                Weights = dweights.Data, Scaled = dscaled!.Data, Scores = dscores!.Data, Dropped = ddropped is null ? default : ddropped.Data,
            });
    }

    /// <summary>Of the <c>weights</c> before and after their dropout (<c>dropped</c>, where there is one), the <c>scaled</c> and the plain <c>scores</c>, each <c>[B, H, T, S]</c>, zero where the mask hides.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> GradientIntermediates =>
        dweights is null ? [] : [("weights", dweights), ("scaled", dscaled!), ("scores", dscores!), .. ddropped is null ? Array.Empty<(string, Tensor)>() : [("dropped", ddropped)]];

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (q, k, v) = (inputs[0], inputs[1], inputs[2]);
        var shape = new AttentionShape(q.Shape[0], q.Shape[1], k.Shape[1], q.Shape[2], q.Shape[3]);
        var context = Twin.Zeros(q.Shape);
        var kept = DropoutFactors(shape);
        Kernels.Attention.Naive(q.Values, k.Values, v.Values, shape, 1 / Math.Sqrt(shape.K), (b, t, s) => mask.Sees(b, t, s, shape.T, shape.S),
            element => kept is null ? 1 : kept[element], new double[shape.WeightLength], context.Values);
        return context;
    }

    internal static float Scale(AttentionShape shape) => 1 / MathF.Sqrt(shape.K);

    private AttentionShape ShapeOf(Tensor q, Tensor k, Tensor v)
    {
        var d = Dims.Match(q, "B T H K", "query").And(k, "B S H K", "key").And(v, "B S H K", "value");
        mask.Check(d['B'], d['T'], d['S']);
        return new AttentionShape(d['B'], d['T'], d['S'], d['H'], d['K']);
    }

    private static Shape Matrix(AttentionShape shape) => [shape.B, shape.H, shape.T, shape.S];

    private Kernels.AttentionMask KernelMask(AttentionShape shape) => KernelMask(mask, shape);

    internal static Kernels.AttentionMask KernelMask(AttentionMask mask, AttentionShape shape) => new()
    {
        KeyLengths = mask.KeyLengths,
        Causal = mask.Causal,
        Offset = shape.S - shape.T,
        Visible = MemoryMarshal.AsBytes<bool>(mask.Visible), // false is the byte 0
    };

    private Kernels.AttentionDropout KernelDropout() => dropout is { } d ? new Kernels.AttentionDropout(d.Key, d.Probability) : default;

    // The mask is data, not arithmetic: it is read off the dropout kernel run over ones.
    private double[]? DropoutFactors(AttentionShape shape)
    {
        if (dropout is not { } d)
            return null;
        float[] ones = new float[shape.WeightLength];
        Array.Fill(ones, 1);
        Kernels.Dropout.Apply(d.Key, 0, d.Probability, ones, ones);
        return Array.ConvertAll(ones, one => one == 0 ? 0 : 1 / (1.0 - d.Probability));
    }

    private static Span<float> Destination(Derivative d, int i, bool shared, out bool accumulate)
    {
        accumulate = shared && d.Wants(i);
        if (accumulate)
            return d.IntoSum(i);
        return d.Wants(i) ? d.Into(i, out accumulate) : Tensor.Allocate(d.Input(i).Shape).Data;
    }
}

/// <summary>Attention that reads keys and values where the cache keeps them. Inference only: it has no derivative.</summary>
internal sealed class CachedAttentionOp(KeyValueCache cache, AttentionMask mask) : Op
{
    private Tensor? weights;

    public override string Name => "attention";

    /// <summary>Whether the caller takes the weights.</summary>
    internal bool WantsWeights { get; init; }

    internal Tensor Weights => weights!;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var q = inputs[0];
        var d = Dims.Match(q, "R T H K", "query").And([cache.Rows, cache.Heads, cache.HeadWidth], "R H K", "the cache (R H K)");
        int t = d['T'];
        mask.Check(cache.Rows, t, cache.Length);
        var shape = new AttentionShape(cache.Rows, t, cache.Length, cache.Heads, cache.HeadWidth, cache.Heads * cache.HeadWidth, cache.RowStride);
        weights = WantsWeights ? Tensor.Allocate([shape.B, shape.H, shape.T, shape.S]) : null;
        var context = Tensor.Allocate(q.Shape);
        Kernels.Attention.Forward(q.Data, cache.KeyData, cache.ValueData, shape, AttentionOp.Scale(shape),
            AttentionOp.KernelMask(mask, shape), default, context.Data, new AttentionOutputs { Weights = weights is null ? default : weights.Data }, cache.Homes);
        return context;
    }

    internal override void Backward(Derivative d) =>
        throw new InvalidOperationException("a key-value cache has no derivative; train on whole sequences with Attention(query, key, value, mask).");

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var (keys, values) = cache.ToTensors();
        return new AttentionOp(mask, null).Reference([inputs[0], Twin.Of(keys), Twin.Of(values)]);
    }
}
