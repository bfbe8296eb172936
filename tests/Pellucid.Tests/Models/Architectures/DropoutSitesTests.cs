using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Models.Architectures;

/// <summary>Vaswani et al. 2017, section 5.4: dropout on the sums of embeddings and positions and on the output of every sublayer; each site draws a mask of its own.</summary>
public sealed class DropoutSitesTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabularySize = 19, Width = 12, Heads = 2, HiddenWidth = 12, EncoderLayers = 2, DecoderLayers = 2, MaxLength = 16, Dropout = 0.5f, ActivationDropout = 0.5f,
    };

    [Fact]
    public void DropoutStandsWhereThePaperHasIt()
    {
        string[] expected =
        [
            "encoder.embedding", "decoder.embedding",
            // the sublayers' outputs, inside the op of residual connection and norm: two in the encoder, three in the decoder
            .. from layer in (string[])["encoder.layers.0", "encoder.layers.1", "decoder.layers.0", "decoder.layers.1"]
               from norm in (string[])["attention_norm", "cross_attention_norm", "feed_forward_norm"]
               where norm != "cross_attention_norm" || layer.StartsWith("decoder", StringComparison.Ordinal)
               select $"{layer}.{norm}",
            .. from layer in (string[])["encoder.layers.0", "encoder.layers.1", "decoder.layers.0", "decoder.layers.1"]
               select $"{layer}.feed_forward.hidden", // the activation
        ];
        Assert.Equal(expected.Order(), Masks(Config, new Rng(3)).Select(site => site.Path).Order());
    }

    [Fact]
    public void EverySiteDrawsItsOwnMask()
    {
        var masks = Masks(Config, new Rng(3));
        Assert.Equal(masks.Count, masks.Select(site => site.Mask).Distinct().Count());
        Assert.All(masks, site => Assert.InRange(site.Mask.Count('0') / (double)site.Mask.Length, 0.35, 0.65));
    }

    [Fact]
    public void EveryLayerDropsOtherAttentionProbabilities()
    {
        var config = Config with { Dropout = 0, ActivationDropout = 0, AttentionDropout = 0.5f };
        Assert.Empty(Masks(config, new Rng(3)));
        var keys = new Keys();
        Run(config, new Rng(3), keys);
        Assert.Equal(6, keys.Seen.Count);
        Assert.Equal(6, keys.Seen.Distinct().Count());
    }

    private static List<(string Path, string Mask)> Masks(TransformerConfig config, Rng dropout)
    {
        var masks = new DroppedElements();
        Run(config, dropout, masks);
        return masks.Seen;
    }

    /// <summary>Source and target are equally long, so that all masks have one size.</summary>
    private static void Run(TransformerConfig config, Rng dropout, IRecorderObserver observer)
    {
        using var recorder = Recorder.Begin(observers: observer);
        Transformer.Create(config, new Rng(1)).Loss(Some.Ids([3, 7], 19), [7, 7, 7], Some.Ids([3, 7], 19, 2), Some.Ids([3, 7], 19, 3), dropout: dropout);
    }

    private sealed class DroppedElements : IRecorderObserver
    {
        internal List<(string Path, string Mask)> Seen { get; } = [];

        public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            if (op.Dropout is { } site)
                Seen.Add((recorder.Path, string.Concat(DropoutBits.Reference(site, Twin.Of(Tensor.Full(1, [3, 7, 12]))).Values.Select(kept => kept == 0 ? '0' : '1'))));
        }
    }

    private sealed class Keys : IRecorderObserver
    {
        internal List<Rng?> Seen { get; } = [];

        public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            if (op is AttentionOp attention)
                Seen.Add(attention.DropoutKey);
        }
    }
}
