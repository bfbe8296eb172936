using Pellucid.Explain;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain;

/// <summary>A model of the tutorial's size, D = 6, H = 2, K = 3, with random weights, and a sentence explained with it.</summary>
internal static class TutorialModel
{
    internal const string Sentence = "Where is the library?";

    internal static TranslationModel New(TransformerConfig? config = null, ulong seed = 3) =>
        new(Transformer.Create((config ?? TransformerConfig.Tutorial) with { VocabularySize = SmallModel.Tokenizer.VocabularySize }, new Rng(seed)), SmallModel.Tokenizer);

    internal static SentenceExplanation Explained { get; } = SentenceExplanation.Of(New(), Sentence, Options).Single();

    internal static TranslateOptions Options => new() { Decoding = new() { MaximumLength = new(0, 7) } };
}
