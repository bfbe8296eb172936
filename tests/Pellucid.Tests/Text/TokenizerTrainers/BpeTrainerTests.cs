using Pellucid.Text;
using Pellucid.Text.Corpora;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerTrainers;

public sealed class BpeTrainerTests
{
    private static Tokenizer Small(int size = 360) => BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = size });

    [Fact]
    public void TheVocabularyBeginsWithSpecialTokensAndBytes()
    {
        var vocabulary = Small().Vocabulary;
        Assert.Equal(["<pad>", "<s>", "</s>", "<unk>", "<0x00>"], vocabulary.Pieces.Take(5));
        Assert.Equal("<0xFF>", vocabulary[259]);
        Assert.Equal((0, 1, 2, 3), (vocabulary.PaddingId, vocabulary.BeginOfSentenceId, vocabulary.EndOfSentenceId, vocabulary.UnknownId));
        Assert.Contains("▁the", vocabulary.Pieces);
    }

    [Fact]
    public void TheVocabularyHasTheSizeThatWasAskedForUnlessNoPairIsLeft()
    {
        Assert.Equal(320, Small(320).VocabularySize);
        Assert.Equal(340, Small(340).VocabularySize);
        Assert.InRange(Small(10_000).VocabularySize, 341, 400);
    }

    [Fact]
    public void TheOrderOfTheLinesDoesNotMatter()
    {
        var forwards = (BpeModel)Small().Model;
        var backwards = (BpeModel)BpeTrainer.Train(SomeText.Lines.Reverse(), new() { VocabularySize = 360 }).Model;
        Assert.Equal(forwards.Merges, backwards.Merges);
        Assert.Equal(forwards.Vocabulary.Pieces, backwards.Vocabulary.Pieces);
    }

    [Fact]
    public void IncrementalCountsLearnWhatCountingAnewLearns()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 60; trial++)
        {
            var words = Enumerable.Range(0, random.Next(1, 12))
                .Select(_ => (Word: string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => "abc"[random.Next(3)])), Count: (long)random.Next(1, 6)))
                .DistinctBy(word => word.Word).ToList();
            var learner = new MergeLearner(greatestFirst: true, minimumCount: 2);
            foreach (var (word, count) in words) learner.AddWord([.. word.Select(letter => learner.SymbolId(letter.ToString()))], count);
            var learned = new List<string>();
            while (learner.TryNext(_ => true, out var merge, out _)) learned.Add(learner.Symbol(merge.Left) + " " + learner.Symbol(merge.Right));
            Assert.Equal(PlainBpe.Learn(words, minimumCount: 2), learned);
        }
    }

    [Fact]
    public void NoPieceCrossesAWordOrIsTooLong()
    {
        var tokenizer = BpeTrainer.Train(Enumerable.Repeat("don't stop, 1984 abcdefghijklmnop!", 50), new() { VocabularySize = 420, MaximumPieceLength = 8 });
        foreach (var piece in tokenizer.Vocabulary.Pieces.Skip(260).OfType<string>())
        {
            Assert.InRange(piece.Length, 1, 8);
            Assert.False(piece.Length > 1 && piece.Any(char.IsDigit) && piece.TrimStart('▁').Length > 1, piece);
            Assert.False(piece.Any(char.IsLetter) && piece.Any(character => character is ',' or '!'), piece);
        }
        Assert.Contains("▁don't", tokenizer.Vocabulary.Pieces);
    }

    [Fact]
    public void RareCharactersAreSpelledInBytes()
    {
        var lines = Enumerable.Repeat("common letters", 500).Append("ж");
        var tokenizer = BpeTrainer.Train(lines, new() { VocabularySize = 300, CharacterCoverage = 0.999 });
        Assert.Equal(["▁", "<0xD0>", "<0xB6>"], tokenizer.Encode("ж").Pieces);
        Assert.Equal("ж", tokenizer.Decode(tokenizer.EncodeToIds("ж")));
    }

    [Fact]
    public void WithoutBytesAnUnseenCharacterIsUnknownAndShows()
    {
        var tokenizer = BpeTrainer.Train(SomeText.Lines, new() { VocabularySize = 90, ByteFallback = false });
        var ids = tokenizer.EncodeToIds("a ж");
        Assert.Contains(tokenizer.UnknownId, ids);
        Assert.Equal("a <unk>", tokenizer.Decode(ids));
    }

    [Fact]
    public void APieceIsNeverSpelledLikeASpecialToken()
    {
        var lines = Enumerable.Repeat("</s></s></s> <0x41><0x41>", 100);
        var tokenizer = BpeTrainer.Train(lines, new() { VocabularySize = 400, PreTokenizer = new PreTokenizer.Spaces(), MinimumPairCount = 2 });
        var ids = tokenizer.EncodeToIds("</s> <0x41>");
        Assert.DoesNotContain(tokenizer.EndOfSentenceId, ids);
        Assert.Equal("</s> <0x41>", tokenizer.Decode(ids));
    }

    [Fact]
    public void AVocabularyTooSmallForItsCharactersSaysSo()
    {
        var error = Assert.Throws<TokenizerException>(() => Small(261));
        Assert.Contains("261", error.Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(() => BpeTrainer.Train([]));
        Assert.Throws<TokenizerException>(() => BpeTrainer.Train(["", ""]));
    }

    [Fact]
    public void ASpacingThatLosesSpacesIsRefused() =>
        Assert.Throws<TokenizerException>(() => BpeTrainer.Train(SomeText.Lines, new() { PreTokenizer = new PreTokenizer.WhitespaceSplit() }));

    [Fact]
    public void TrainingStopsWhenCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            BpeTrainer.Train(Enumerable.Repeat("some text", 5000), cancellation: cancellation.Token));
    }

    [Fact]
    public void AWordWithoutSpacesAHundredThousandLettersLongIsLearnedAndCut()
    {
        var random = new Random(1);
        var line = string.Concat(Enumerable.Range(0, 100_000).Select(_ => "ACGT"[random.Next(4)]));
        var tokenizer = BpeTrainer.Train([line], new() { VocabularySize = 400 });
        Assert.Equal(line, tokenizer.Decode(tokenizer.EncodeToIds(line)));
        Assert.Equal(400, tokenizer.VocabularySize);
    }

    [Fact]
    public void AJointVocabularyKeepsTheWholeCorpus()
    {
        var corpus = ParallelCorpus.FromTsv(SharedFiles.Require("corpora/tatoeba-en-es/dev.tsv"));
        var tokenizer = BpeTrainer.Train(corpus.BothSides, new() { VocabularySize = 3000, Normalizer = new Normalizer.Nfc() });
        Assert.Equal(3000, tokenizer.VocabularySize);
        foreach (var sentence in corpus.BothSides) Assert.Equal(sentence, tokenizer.Decode(tokenizer.EncodeToIds(sentence)));
        Assert.InRange(corpus.BothSides.Average(sentence => tokenizer.EncodeToIds(sentence).Length), 7, 14);
    }
}
