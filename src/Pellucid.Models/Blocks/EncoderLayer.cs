using Pellucid.Models.Architectures;
using Pellucid.Models.Attention;
using Pellucid.Models.Modules;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Models.Blocks;

/// <summary>Self-attention and feed-forward, each with its residual and norm (Vaswani et al. 2017, figure 1, left). <c>[B, S, D]</c> in and out.</summary>
public sealed class EncoderLayer : Module
{
    private readonly TransformerConfig config;

    public EncoderLayer(TransformerConfig config, Rng rng)
    {
        this.config = config;
        SelfAttention = Add("self_attention", new MultiHeadAttention(config.Width, config.Heads, config.AttentionDropout, rng.Split("self_attention")));
        AttentionNorm = Add("attention_norm", new LayerNorm(config.Width));
        FeedForward = Add("feed_forward", new FeedForward(config.Width, config.HiddenWidth, config.Activation, config.ActivationDropout, rng.Split("feed_forward")));
        FeedForwardNorm = Add("feed_forward_norm", new LayerNorm(config.Width));
    }

    public MultiHeadAttention SelfAttention { get; }
    public LayerNorm AttentionNorm { get; }
    public FeedForward FeedForward { get; }
    public LayerNorm FeedForwardNorm { get; }

    public Tensor Forward(Tensor x, AttentionMask mask, Rng? dropout)
    {
        x = Residual.Around(config, x, "self_attention", "attention_norm", AttentionNorm, dropout, (h, rng) => SelfAttention.Forward(h, h, mask, rng));
        return Residual.Around(config, x, "feed_forward", "feed_forward_norm", FeedForwardNorm, dropout, FeedForward.Forward);
    }
}
