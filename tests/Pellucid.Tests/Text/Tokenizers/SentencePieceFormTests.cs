using Pellucid.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.Tokenizers;

public sealed class SentencePieceFormTests
{
    private static Tokenizer Train(string rules, bool byteFallback) => UnigramTrainer.Train(SomeText.Lines,
        new() { VocabularySize = byteFallback ? 330 : 80, NormalizationRules = rules, ByteFallback = byteFallback });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AUnigramTokenizerWithoutRulesIsTheSameAsATokenizerJson(bool byteFallback)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Train("identity", byteFallback);
        tokenizer.Save(folder.File("tokenizer.json"));
        var read = Tokenizer.Load(folder.File("tokenizer.json"));
        var spaces = SomeText.Random(500, seed: 42).Select(text => "  " + text.Replace("e", "  ", StringComparison.Ordinal) + " ▁ ");
        foreach (var text in SomeText.Random(3000, seed: 41).Concat(spaces).Where(text => !text.Contains("</s>", StringComparison.Ordinal)))
        {
            var (expected, encoding) = (tokenizer.Encode(text), read.Encode(text));
            Assert.Equal(expected.Ids, encoding.Ids);
            Assert.Equal(expected.Offsets, encoding.Offsets);
            if (!text.Contains('▁')) Assert.Equal(tokenizer.Decode(expected.Ids), read.Decode(expected.Ids));
        }
        Assert.Equal(tokenizer.Vocabulary.SpecialTokens.All, read.Vocabulary.SpecialTokens.All);
        RoundTrip.Check(read, folder, SomeText.Random(100, seed: 43));
    }

    [Fact]
    public void WhatWouldGiveOtherIdsIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TokenizerException>(() => Train("nmt_nfkc", true).Save(folder.File("tokenizer.json")));
        Assert.Contains("'nmt_nfkc'", error.Message, StringComparison.Ordinal);
        Assert.Contains(".model", error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }
}
