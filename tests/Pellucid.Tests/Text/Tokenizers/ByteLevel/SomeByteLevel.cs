using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

/// <summary>A small byte-level tokenizer of our own.</summary>
internal static class SomeByteLevel
{
    public static Tokenizer Tokenizer(PreTokenizer? preTokenizer = null, int size = 400) => ByteBpeTrainer.Train(SomeText.Lines, new()
    {
        VocabularySize = size,
        SpecialTokens = SpecialTokens.None with { EndOfSentence = "<|endoftext|>" },
        PreTokenizer = preTokenizer ?? new PreTokenizer.ByteLevel(),
    });
}
