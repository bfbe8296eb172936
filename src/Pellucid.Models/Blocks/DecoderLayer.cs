using Pellucid.Models.Architectures;
using Pellucid.Models.Attention;
using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Blocks;

/// <summary>
/// Masked self-attention, encoder-decoder attention and feed-forward, each with its residual and norm (Vaswani et al. 2017, figure 1, right). <c>[B, T, D]</c> in and out.
/// </summary>
public sealed class DecoderLayer : Module
{
    private readonly TransformerConfig config;

    public DecoderLayer(TransformerConfig config, Rng rng)
    {
        this.config = config;
        SelfAttention = Add("self_attention", new MultiHeadAttention(config.Width, config.Heads, config.AttentionDropout, rng.Split("self_attention")));
        AttentionNorm = Add("attention_norm", new LayerNorm(config.Width));
        CrossAttention = Add("cross_attention", new MultiHeadAttention(config.Width, config.Heads, config.AttentionDropout, rng.Split("cross_attention")));
        CrossAttentionNorm = Add("cross_attention_norm", new LayerNorm(config.Width));
        FeedForward = Add("feed_forward", new FeedForward(config.Width, config.HiddenWidth, config.Activation, config.ActivationDropout, rng.Split("feed_forward")));
        FeedForwardNorm = Add("feed_forward_norm", new LayerNorm(config.Width));
    }

    public MultiHeadAttention SelfAttention { get; }
    public LayerNorm AttentionNorm { get; }
    public MultiHeadAttention CrossAttention { get; }
    public LayerNorm CrossAttentionNorm { get; }
    public FeedForward FeedForward { get; }
    public LayerNorm FeedForwardNorm { get; }

    /// <summary>All positions at once, with the future hidden. Shapes: x <c>[B, T, D]</c>, memory <c>[B, S, D]</c>.</summary>
    public Tensor Forward(Tensor x, Tensor memory, AttentionMask selfMask, AttentionMask sourceMask, Rng? dropout)
    {
        x = Residual.Around(config, x, "self_attention", "attention_norm", AttentionNorm, dropout, (h, rng) => SelfAttention.Forward(h, h, selfMask, rng));
        x = Residual.Around(config, x, "cross_attention", "cross_attention_norm", CrossAttentionNorm, dropout, (h, rng) => CrossAttention.Forward(h, memory, sourceMask, rng));
        return Residual.Around(config, x, "feed_forward", "feed_forward_norm", FeedForwardNorm, dropout, FeedForward.Forward);
    }

    /// <summary>
    /// One new position of every row, the earlier ones from the cache: x <c>[R, 1, D]</c> for R rows, which are the hypotheses of B sentences, R / B each.
    /// The source's keys and values are shared by the hypotheses of a sentence.
    /// </summary>
    /// <param name="x">The newest position of every row.</param>
    /// <param name="cache">The earlier positions, and the source.</param>
    /// <param name="masks">Over the target so far (null: all of it is visible), and over the source.</param>
    /// <param name="sourceWeights">Receives the cross-attention [B, H, R / B, S]; null when nobody wants it.</param>
    internal Tensor Step(Tensor x, DecoderLayerCache cache, (AttentionMask? Self, AttentionMask Source) masks, Action<Tensor>? sourceWeights)
    {
        x = Residual.Around(config, x, "self_attention", "attention_norm", AttentionNorm, null, (h, _) => SelfAttention.Step(h, cache.Self, masks.Self));
        x = Residual.Around(config, x, "cross_attention", "cross_attention_norm", CrossAttentionNorm, null, (h, _) =>
        {
            int sentences = cache.Source.Rows, width = h.Shape[2];
            return CrossAttention.Attend(h.Reshape([sentences, h.Shape[0] / sentences, width]), cache.Source, masks.Source, sourceWeights).Reshape(h.Shape);
        });
        return Residual.Around(config, x, "feed_forward", "feed_forward_norm", FeedForwardNorm, null, FeedForward.Forward);
    }
}

/// <summary>What one decoder layer remembers: the keys and values of the target so far <c>[R, t, H, K]</c>, and those of the source <c>[B, S, H, K]</c>.</summary>
internal sealed record DecoderLayerCache(KeyValueCache Self, KeyValueCache Source) : IDisposable
{
    public void Dispose()
    {
        Self.Dispose();
        Source.Dispose();
    }
}
