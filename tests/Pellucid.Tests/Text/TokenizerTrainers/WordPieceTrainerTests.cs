using Pellucid.Text;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class WordPieceTrainerTests
{
    [Fact]
    public void MergesAreThoseOfTheCountsWithTheAlphabetFirst()
    {
        // Words: abab x 3, ab x 2. Characters a b, inside ##b ##a; a+##b occurs 5 times, ##a+##b 3 times, ab+##ab 3 times.
        var tokenizer = WordPieceTrainer.Train(["abab ab", "abab ab abab"], new() { VocabularySize = 100 });
        Assert.Equal(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]", "a", "b", "##b", "##a", "ab", "##ab", "abab"], tokenizer.Vocabulary.Pieces);
        Assert.Equal(["abab", "ab", "##a"], tokenizer.Encode("abab aba").Pieces);
    }

    [Fact]
    public void TheOrderOfLinesChangesNothing()
    {
        var once = WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 90 });
        var again = WordPieceTrainer.Train(SomeText.Lines.Reverse(), new() { VocabularySize = 90 });
        Assert.Equal(once.Vocabulary.Pieces, again.Vocabulary.Pieces);
        Assert.Equal(90, once.VocabularySize);
    }

    [Fact]
    public void WhatItWasTrainedOnIsKnownAndComesBackAsWords()
    {
        var tokenizer = WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 200 });
        foreach (var line in SomeText.Lines) Assert.DoesNotContain(tokenizer.UnknownId, tokenizer.EncodeToIds(line));
        Assert.Equal("where is the library?", tokenizer.Decode(tokenizer.EncodeToIds("Where is the library?")));
    }

    [Fact]
    public void ALimitedAlphabetLeavesTheRarestCharactersUnknown()
    {
        var tokenizer = WordPieceTrainer.Train(["aa ab aa q"], new() { VocabularySize = 60, AlphabetLimit = 2 });
        Assert.Equal(["[UNK]"], tokenizer.Encode("q").Pieces);
        Assert.Equal(["[UNK]"], tokenizer.Encode("aq").Pieces);
    }

    [Fact]
    public void AVocabularyWithoutRoomAndATextWithoutWordsAreRefused()
    {
        Assert.Contains("no room", Assert.Throws<TokenizerException>(() => WordPieceTrainer.Train(SomeText.Lines, new() { VocabularySize = 20 })).Message, StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<TokenizerException>(() => WordPieceTrainer.Train([" "])).Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(() => WordPieceTrainer.Train(["a"], new() { SpecialTokens = new() { Unknown = null } }));
    }
}
