using Pellucid.Models.Architectures;

namespace Pellucid.Explain.Calculators;

/// <summary>What a paper says of its model's size.</summary>
/// <param name="Parameters">The number as printed: 65 million.</param>
/// <param name="Source">Where it is printed.</param>
/// <param name="Note">Why an exact count may differ from it; a key of the tours' texts.</param>
public sealed record PublishedSize(double Parameters, string Source, string? Note);

/// <summary>A model by name, with its published size where it has one.</summary>
public sealed record KnownModel(string Name, ModelPlan Plan, PublishedSize? Published)
{
    /// <summary>Pellucid's presets, and the models that the classic texts name.</summary>
    public static IReadOnlyList<KnownModel> All { get; } =
    [
        new("tutorial", ModelPlan.Of(TransformerConfig.Tutorial), null),
        new("tiny", ModelPlan.Of(TransformerConfig.Tiny), null),
        new("small", ModelPlan.Of(TransformerConfig.Small), null),
        // Section 5.1: a shared vocabulary of about 37,000 tokens.
        new("base", ModelPlan.Of(TransformerConfig.Base) with { VocabularySize = 37_000 }, new(65e6, "Vaswani et al. 2017, table 3", "calculator.note.vocabulary")),
        new("big", ModelPlan.Of(TransformerConfig.Big) with { VocabularySize = 37_000 }, new(213e6, "Vaswani et al. 2017, table 3", "calculator.note.vocabulary")),
        new("bert-base", new ModelPlan
        {
            VocabularySize = 30_522, Width = 768, Heads = 12, HiddenWidth = 3072, EncoderLayers = 12,
            PositionRows = 512, SegmentRows = 2, OuterNorms = 1, Pooler = true, HasOutput = false,
        }, new(110e6, "Devlin et al. 2019, section 3", null)),
        new("gpt3-175b", new ModelPlan
        {
            VocabularySize = 50_257, Width = 12_288, Heads = 96, HiddenWidth = 49_152, DecoderLayers = 96, PositionRows = 2048, OuterNorms = 1,
        }, new(175e9, "Brown et al. 2020, table 2.1", null)),
    ];

    /// <summary>The model of this name, or null.</summary>
    public static KnownModel? Find(string name) => All.FirstOrDefault(model => model.Name == name);
}
