using Pellucid.Text.Words;
using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordVectorsTests
{
    // Two directions: who rules (first) and woman or man (second); a third for things to eat.
    private static readonly WordVectors Court = Vectors(
        ("king", [2, 1, 0]), ("queen", [2, -1, 0]), ("man", [0, 1, 0]), ("woman", [0, -1, 0]), ("bread", [0, 0, 3]), ("cheese", [0.2f, 0, 2]));

    [Fact]
    public void TheNearestWordsComeByCosineWithoutTheWordItself()
    {
        Assert.Equal(["cheese", "king"], Court.Similar("bread", 6).Take(2).Select(score => score.Word));
        Assert.Equal(5, Court.Similar("bread", 6).Count);
        Assert.Equal(2 / Math.Sqrt(2.0 * 2 + 0.2 * 0.2), Court.Similar("bread", 1)[0].Score, 0.01);
    }

    [Fact]
    public void KingIsToManAsQueenIsToWoman()
    {
        Assert.Equal("queen", Court.Analogy(["king", "woman"], ["man"], 1)[0].Word);
        Assert.Equal("queen", Court.AnalogyByProduct(["king", "woman"], ["man"], 1)[0].Word);
    }

    [Fact]
    public void ScoresOfAnAnalogyAreThoseOfTheFormulas()
    {
        double root = Math.Sqrt(5);
        // u = (2,1)/√5 + (0,-1) - (0,1) = (2/√5, 1/√5 - 2); cos with queen (2,-1)/√5
        double x = 2 / root, y = 1 / root - 2, cosine = (2 * x - y) / root / Math.Sqrt(x * x + y * y);
        Assert.Equal(cosine, Court.Analogy(["king", "woman"], ["man"], 1)[0].Score, 1e-6);
        double Half(double cos) => (1 + cos) / 2;
        double product = Half(3.0 / 5) * Half(1 / root) / (Half(-1 / root) + 1e-6);
        Assert.Equal(product, Court.AnalogyByProduct(["king", "woman"], ["man"], 1)[0].Score, 1e-5);
    }

    [Fact]
    public void TheOddOneOutIsTheFarthestFromTheMean() => Assert.Equal("bread", Court.OddOneOut(["king", "queen", "bread"]).Word);

    [Fact]
    public void AWordWithoutAVectorIsAnErrorThatNamesIt() =>
        Assert.Contains("'prince'", Assert.Throws<WordVectorException>(() => Court.Similar("prince")).Message, StringComparison.Ordinal);

    [Fact]
    public void AVectorOfZerosIsNearToNothing() =>
        Assert.All(Vectors(("nothing", [0, 0]), ("a", [1, 0]), ("b", [0, 1])).Similar("nothing"), score => Assert.Equal(0, score.Score));

    internal static WordVectors Vectors(params (string Word, float[] Row)[] words) => new(
        new WordVocabulary(words.Select(word => word.Word), [.. words.Select((_, i) => 100L - i)]), [.. words.SelectMany(word => word.Row)], words[0].Row.Length);
}
