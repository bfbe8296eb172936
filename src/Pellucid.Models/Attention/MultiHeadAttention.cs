using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Models.Attention;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017, section 3.2.2): one matrix each for all heads' queries, keys and values; project, split, attend, merge, project.
/// </summary>
public sealed class MultiHeadAttention : Module
{
    private readonly int heads;
    private readonly float dropoutProbability;

    public MultiHeadAttention(int width, int heads, float dropoutProbability, Rng rng)
    {
        this.heads = heads;
        this.dropoutProbability = dropoutProbability;
        Query = Add("query", new Linear(width, width, rng.Split("query")));
        Key = Add("key", new Linear(width, width, rng.Split("key")));
        Value = Add("value", new Linear(width, width, rng.Split("value")));
        Output = Add("output", new Linear(width, width, rng.Split("output")));
    }

    public Linear Query { get; }
    public Linear Key { get; }
    public Linear Value { get; }
    public Linear Output { get; }

    /// <summary>Shapes: x <c>[B, T, D]</c> asks, memory <c>[B, S, D]</c> answers (the same tensor in self-attention); result <c>[B, T, D]</c>.</summary>
    public Tensor Forward(Tensor x, Tensor memory, AttentionMask mask, Rng? dropout)
    {
        var query = Heads("query", Query, x);
        var (key, value) = Project(memory);
        var context = query.Attention(key, value, mask, Dropout(dropout));
        return Merge(context);
    }

    /// <summary>Keys and values of a memory <c>[B, S, D]</c>, each <c>[B, S, H, K]</c>.</summary>
    private (Tensor Key, Tensor Value) Project(Tensor memory) =>
        (Heads("key", Key, memory), Heads("value", Value, memory));

    /// <summary>A cache of the keys and values of a memory <c>[B, S, D]</c>: what a decoder computes once for a whole sentence.</summary>
    internal KeyValueCache Remember(Tensor memory)
    {
        var (key, value) = Project(memory);
        var cache = new KeyValueCache(memory.Shape[0], heads, memory.Shape[2] / heads);
        cache.Append(key, value);
        return cache;
    }

    /// <summary>Queries <c>[B, T, D]</c> against keys and values that are already projected.</summary>
    /// <param name="x">The queries' input.</param>
    /// <param name="cache">B rows of S positions.</param>
    /// <param name="mask">Over the keys.</param>
    /// <param name="weights">Receives the weights [B, H, T, S]; null when nobody wants them.</param>
    internal Tensor Attend(Tensor x, KeyValueCache cache, AttentionMask mask, Action<Tensor>? weights)
    {
        var query = Heads("query", Query, x);
        if (weights is null)
            return Merge(query.Attention(cache, mask));
        var result = query.AttentionWithWeights(cache, mask);
        weights(result.Weights);
        return Merge(result.Context);
    }

    /// <summary>One new position <c>[B, 1, D]</c> of self-attention: its key and value join the cache and it attends to all that is there, or to what the mask allows of it.</summary>
    internal Tensor Step(Tensor x, KeyValueCache cache, AttentionMask? mask)
    {
        var query = Heads("query", Query, x);
        var (key, value) = Project(x);
        cache.Append(key, value);
        return Merge(query.Attention(cache, mask));
    }

    // [B, T, D] -> [B, T, D] -> [B, T, H, K]: the split is logical, nothing moves.
    private Tensor Heads(string name, Linear map, Tensor x)
    {
        using var scope = Recorder.Enter(name);
        var all = map.Forward(x);
        return all.Reshape([x.Shape[0], x.Shape[1], heads, all.Shape[2] / heads]);
    }

    // [B, T, H, K] -> [B, T, D] -> [B, T, D]
    private Tensor Merge(Tensor context)
    {
        var merged = context.Reshape([context.Shape[0], context.Shape[1], context.Shape[2] * context.Shape[3]]);
        using var scope = Recorder.Enter("output");
        return Output.Forward(merged);
    }

    private AttentionDropout? Dropout(Rng? rng) =>
        rng is { } key && dropoutProbability > 0 ? new AttentionDropout(dropoutProbability, key.Split("probabilities")) : null;
}
