using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Tensors;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Translators;

/// <summary>A translation model with random weights: what it says is nonsense, how it says it is not.</summary>
internal static class SmallModel
{
    internal static readonly Tokenizer Tokenizer = BpeTrainer.Train(
        [
            "Where is the library? The library is near the old bridge.", "I am hungry. We are very hungry today!", "Thank you, that is very kind of you.",
            "¿Dónde está la biblioteca? La biblioteca está cerca del puente viejo.", "Tengo hambre. ¡Hoy tenemos mucha hambre!", "Gracias, es muy amable de su parte.",
        ],
        new BpeTrainerOptions { VocabularySize = 330 });

    internal static readonly TransformerConfig Config = new()
    {
        VocabularySize = Tokenizer.VocabularySize, Width = 16, Heads = 2, HiddenWidth = 24, EncoderLayers = 1, DecoderLayers = 2, MaxLength = 40, Norm = NormPlacement.Before,
    };

    internal static TranslationModel New(ulong seed = 3) => new(Transformer.Create(Config, new Rng(seed)), Tokenizer);

    internal static Translator Translator { get; } = new(New());
}
