using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Tests.Docs;

public sealed class TransformerChapter() : Chapter("docs/tour/03-transformer.md")
{
    [Fact]
    public void Runs()
    {
        #region 1
        // One query, two keys, one head of width 2: [B, T, H, K] and [B, S, H, K].
        var query = Tensor.From([4, 0], [1, 1, 1, 2]);
        var key = Tensor.From([1, 0, 0, 1], [1, 2, 1, 2]);
        var value = Tensor.From([10, 20, 30, 40], [1, 2, 1, 2]);

        // softmax([4, 0] / √2) = [0.944, 0.056]
        var (context, weights) = query.AttentionWithWeights(key, value, AttentionMask.None);
        Console.WriteLine($"weights {weights[0, 0, 0, 0]:0.000} {weights[0, 0, 0, 1]:0.000}");
        Console.WriteLine($"context {context[0, 0, 0, 0]:0.00} {context[0, 0, 0, 1]:0.00}");

        // The second key is padding: it gets no weight at all.
        (context, weights) = query.AttentionWithWeights(key, value, AttentionMask.Padding([1]));
        Console.WriteLine($"weights {weights[0, 0, 0, 0]} {weights[0, 0, 0, 1]}");
        #endregion
        Shown(1);

        #region 2
        var config = TransformerConfig.Tutorial with { VocabularySize = 12, Norm = NormPlacement.Before };
        var model = Transformer.Create(config, new Rng(seed: 1));
        Console.WriteLine($"{model.ParameterCount()} weights");
        foreach (var (name, parameter) in model.Parameters().Where(entry => entry.Name.Contains("decoder.layers.0.cross_attention.q")))
            Console.WriteLine($"{name} {parameter.Shape}");
        #endregion
        Shown(2);

        #region 3
        // Two sentences of 3 and 2 tokens; </s> is 2, <s> is 1, padding is 0.
        var source = Indices.Padded([[4, 5, 2], [6, 2]], config.PaddingId);
        int[] lengths = [3, 2];
        var memory = model.Encode(source, lengths); // [B, S, D]

        var targetInput = Indices.Padded([[1, 5, 4], [1, 6]], config.PaddingId);
        var targetOutput = Indices.Padded([[5, 4, 2], [6, 2]], config.PaddingId);
        var logits = model.Decode(targetInput, memory, lengths); // [B, T, V]
        Console.WriteLine($"memory {memory.Shape}, logits {logits.Shape}");

        var loss = logits.CrossEntropy(targetOutput, labelSmoothing: 0.1f, ignore: config.PaddingId);
        Console.WriteLine(loss.Item() == model.Loss(source, lengths, targetInput, targetOutput, 0.1f).Item());
        #endregion
        Shown(3);

        #region 4
        // The second sentence alone, without padding, is the same to the last bit.
        var alone = model.Encode(Indices.From([6, 2], [1, 2]), [2]);
        Console.WriteLine(memory.Values.Slice(3 * config.Width, 2 * config.Width).SequenceEqual(alone.Values));
        #endregion
        Shown(4);
    }
}
