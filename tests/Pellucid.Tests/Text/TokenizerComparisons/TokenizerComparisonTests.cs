using Pellucid.Text.TokenizerComparisons;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.TokenizerTrainers;

namespace Pellucid.Tests.Text.TokenizerComparisons;

public class TokenizerComparisonTests
{
    private static readonly string[] Lines = ["the cat sat", "the  cat", "", "unseen"];

    private static readonly Tokenizer Whole = WordTrainer.Train(["the cat sat"]);
    private static readonly Tokenizer Letters = WordTrainer.Train(["the cat sat", "unseen"], WordTrainerOptions.Characters);

    [Fact]
    public void WholeWordsHaveAFertilityOfOneAndMissWhatTheyNeverSaw()
    {
        var counts = TokenizerComparison.Count(Whole, ["the cat sat", "the dog"]);
        Assert.Equal((2L, 5L, 5L, 1L, 0L), (counts.Lines, counts.Words, counts.Tokens, counts.Unknown, counts.SplitWords));
        Assert.Equal(1.0, counts.Fertility);
        Assert.Equal(1L, counts.ChangedLines); // "the dog" comes back as "the<unk>"
        Assert.Equal(18.0 / 5, counts.CharactersPerToken);
    }

    [Fact]
    public void LettersSplitEveryWordOfMoreThanOne()
    {
        var counts = TokenizerComparison.Count(Letters, ["the cat a"]);
        Assert.Equal((3L, 9L, 2L, 0L), (counts.Words, counts.Tokens, counts.SplitWords, counts.ChangedLines));
        Assert.Equal(2.0 / 3, counts.SplitShare);
    }

    [Fact]
    public void LinesThatAreCutAtOtherPlacesAreShownUpToAsManyAsAskedFor()
    {
        var result = TokenizerComparison.Compare(Whole, Letters, Lines, mostDifferences: 2);
        Assert.Equal(1, result.SameLines); // the empty one
        Assert.Equal([1L, 2L], result.Differences.Select(difference => difference.Line));
        Assert.Equal(["▁the", "▁cat", "▁sat"], result.Differences[0].First);
        Assert.Equal(4, result.First.Lines);
    }

    [Fact]
    public void ATokenizerDiffersInNothingFromItself()
    {
        var result = TokenizerComparison.Compare(Letters, Letters, Lines, mostDifferences: 9);
        Assert.Equal((4L, Letters.VocabularySize), (result.SameLines, result.SharedPieces));
        Assert.Empty(result.Differences);
        Assert.Equal(result.First, result.Second);
    }

    [Fact]
    public void WhereTheSpaceGoesIsNoDifference()
    {
        var spaced = WordTrainer.Train(["the cat sat"], WordTrainerOptions.Whitespace);
        Assert.Equal(2, TokenizerComparison.Compare(Whole, spaced, ["the cat sat", "cat the"], 9).SameLines);
    }

    [Fact]
    public void EmptyTextHasNoShares()
    {
        var counts = TokenizerComparison.Count(Whole, []);
        Assert.Equal((0.0, 0.0, 0.0, 0.0), (counts.Fertility, counts.SplitShare, counts.CharactersPerToken, counts.UnknownShare));
    }
}
