using System.Globalization;
using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Option = Pellucid.Models.Configuration.ConfigOption;

namespace Pellucid.Models.Configuration;

/// <summary>The settings of a <see cref="TransformerConfig"/>: the section <c>model</c> of config.json.</summary>
public static class TransformerSchema
{
    public static ConfigSchema<TransformerConfig> Schema { get; } = new(
        Option.Text<TransformerConfig>("preset", $"Starts from {string.Join(", ", TransformerConfig.Presets.Keys)}; the other settings of this section override it.",
            _ => null, (config, name) => name is null ? config : Preset(name) with { VocabularySize = config.VocabularySize, SourceVocabularySize = config.SourceVocabularySize },
            string.Join('|', TransformerConfig.Presets.Keys)) with { ComesFirst = true, IsShorthand = true },
        Integer("vocabulary_size", "V, of the target and of the source unless source_vocabulary_size says otherwise; training takes the tokenizer's.", c => c.VocabularySize, (c, v) => c with { VocabularySize = v }),
        Option.Integer<TransformerConfig>("source_vocabulary_size", "V of the source where it has its own vocabulary.", c => c.SourceVocabularySize, (c, v) => c with { SourceVocabularySize = (int?)v }, 1, optional: true),
        Integer("width", "D, the width of the model.", c => c.Width, (c, v) => c with { Width = v }),
        Integer("heads", "H, attention heads; D must be a multiple.", c => c.Heads, (c, v) => c with { Heads = v }),
        Integer("hidden_width", "F, the width inside the feed-forward blocks.", c => c.HiddenWidth, (c, v) => c with { HiddenWidth = v }),
        Integer("encoder_layers", "Layers of the encoder.", c => c.EncoderLayers, (c, v) => c with { EncoderLayers = v }),
        Integer("decoder_layers", "Layers of the decoder.", c => c.DecoderLayers, (c, v) => c with { DecoderLayers = v }),
        Integer("max_length", "The longest sequence in tokens, begin and end marks included.", c => c.MaxLength, (c, v) => c with { MaxLength = v }),
        Probability("dropout", "Dropout after the embeddings and on every sublayer's output.", c => c.Dropout, (c, v) => c with { Dropout = v }),
        Probability("attention_dropout", "Dropout on the attention probabilities.", c => c.AttentionDropout, (c, v) => c with { AttentionDropout = v }),
        Probability("activation_dropout", "Dropout after the feed-forward activation.", c => c.ActivationDropout, (c, v) => c with { ActivationDropout = v }),
        Option.Choice<TransformerConfig, Activation>("activation", "Activation of the feed-forward blocks.", c => c.Activation, (c, v) => c with { Activation = v }),
        Option.Choice<TransformerConfig, NormPlacement>("norm", "Layer norm before each sublayer or after its residual, as in the paper.", c => c.Norm, (c, v) => c with { Norm = v }),
        Option.Choice<TransformerConfig, PositionKind>("positions", "How positions enter the model.", c => c.Positions, (c, v) => c with { Positions = v }),
        Option.Choice<TransformerConfig, EmbeddingTying>("tying", "Which embedding matrices are one and the same.", c => c.Tying, (c, v) => c with { Tying = v }),
        Id("padding_id", "The id of padding.", c => c.PaddingId, (c, v) => c with { PaddingId = v }),
        Id("begin_id", "The id that begins a target.", c => c.BeginId, (c, v) => c with { BeginId = v }),
        Id("end_id", "The id that ends a sentence.", c => c.EndId, (c, v) => c with { EndId = v }));

    private static TransformerConfig Preset(string name) => TransformerConfig.Presets.TryGetValue(name, out var preset)
        ? preset
        : throw new FormatException($"one of {string.Join(", ", TransformerConfig.Presets.Keys)}{NearestName.Hint(name, TransformerConfig.Presets.Keys)}");

    private static ConfigOption<TransformerConfig> Integer(string key, string description, Func<TransformerConfig, int> get, Func<TransformerConfig, int, TransformerConfig> with) =>
        Option.Integer<TransformerConfig>(key, description, config => get(config), (config, value) => with(config, (int)value!.Value), 1);

    private static ConfigOption<TransformerConfig> Id(string key, string description, Func<TransformerConfig, int> get, Func<TransformerConfig, int, TransformerConfig> with) =>
        Option.Integer<TransformerConfig>(key, description, config => get(config), (config, value) => with(config, (int)value!.Value));

    // A float is written as the shortest text that reads back as the same float: 0.1, not 0.10000000149011612.
    private static ConfigOption<TransformerConfig> Probability(string key, string description, Func<TransformerConfig, float> get, Func<TransformerConfig, float, TransformerConfig> with) =>
        Option.Number<TransformerConfig>(key, description, config => double.Parse(get(config).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), (config, value) => with(config, (float)value!.Value), 0, 0.999);
}
