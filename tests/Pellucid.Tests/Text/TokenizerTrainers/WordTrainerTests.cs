using Pellucid.Text;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class WordTrainerTests
{
    [Fact]
    public void WordsAndSignsRestoreTheTextExactly()
    {
        var tokenizer = WordTrainer.Train(SomeText.Lines);
        foreach (var line in SomeText.Lines) Assert.Equal(line, tokenizer.Decode(tokenizer.EncodeToIds(line)));
        Assert.Equal(["▁You", "▁are", "▁welcome", "."], tokenizer.Encode("You are welcome.").Pieces);
    }

    [Fact]
    public void WhitespaceWordsAreJoinedWithOneSpace()
    {
        var tokenizer = WordTrainer.Train(SomeText.Lines, WordTrainerOptions.Whitespace);
        var encoding = tokenizer.Encode(" You  are\twelcome. ");
        Assert.Equal(["You", "are", "welcome."], encoding.Pieces);
        Assert.Equal([new TextSpan(1, 3), new TextSpan(6, 3), new TextSpan(10, 8)], encoding.Offsets);
        Assert.Equal("You are welcome.", tokenizer.Decode(encoding.Ids));
    }

    [Fact]
    public void CharactersRestoreTheTextExactly()
    {
        var tokenizer = WordTrainer.Train(["Tengo hambre. 😀"], WordTrainerOptions.Characters);
        Assert.Equal(["T", " ", "😀"], tokenizer.Encode("T 😀").Pieces);
        Assert.Equal("hambre  😀.", tokenizer.Decode(tokenizer.EncodeToIds("hambre  😀.")));
    }

    [Fact]
    public void TheMostFrequentWordsAreTaken()
    {
        var tokenizer = WordTrainer.Train(["a a a b b c"], WordTrainerOptions.Whitespace with { VocabularySize = 6 });
        Assert.Equal(["<pad>", "<s>", "</s>", "<unk>", "a", "b"], tokenizer.Vocabulary.Pieces);
        Assert.Equal("a <unk>", tokenizer.Decode(tokenizer.EncodeToIds("a c")));
        Assert.Equal(5, WordTrainer.Train(["a a a b b c"], WordTrainerOptions.Whitespace with { MinimumCount = 3 }).VocabularySize);
    }

    [Fact]
    public void AWordSpelledLikeASpecialTokenIsUnknown()
    {
        var tokenizer = WordTrainer.Train(["</s> a </s>"], WordTrainerOptions.Whitespace);
        Assert.Equal([tokenizer.UnknownId, tokenizer.Vocabulary.IdOf("a")], tokenizer.EncodeToIds("</s> a"));
    }

    [Fact]
    public void NoTextAndNoRoomAreErrors()
    {
        Assert.Throws<TokenizerException>(() => WordTrainer.Train([]));
        Assert.Throws<TokenizerException>(() => WordTrainer.Train(["a"], new() { VocabularySize = 4 }));
    }
}
