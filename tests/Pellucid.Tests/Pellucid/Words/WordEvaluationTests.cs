using Pellucid.Words;

namespace Pellucid.Tests.Words;

public sealed class WordEvaluationTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"pellucid-test-{Guid.NewGuid():N}.txt");

    private readonly WordEvaluation _evaluation = new(WordVectorsTests.Vectors(
        ("king", [2, 1, 0]), ("queen", [2, -1, 0]), ("man", [0, 1, 0]), ("woman", [0, -1, 0]), ("bread", [0, 0, 3]), ("Queen", [2, -0.9f, 0])));

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void QuestionsAreCountedBySection()
    {
        File.WriteAllText(_path, ": family\nMan king woman queen\nman king woman bread\nman king woman prince\n: food\nman woman king queen\n");
        Assert.Equal([new("family", 1, 2, 1), new("food", 1, 1, 0)], _evaluation.Analogies(_path));
    }

    [Fact]
    public void AWordOfTheQuestionInAnotherCaseIsNoAnswer()
    {
        // Without this rule "Queen" would be the nearest to woman - man + queen's direction.
        File.WriteAllText(_path, "woman man queen king\n");
        Assert.Equal([new("", 1, 1, 0)], _evaluation.Analogies(_path));
    }

    [Fact]
    public void OnlyTheWordsThatAnswerAreMultiplied()
    {
        var vectors = WordVectorsTests.Vectors(("king", [2, 1, 0]), ("queen", [2, -1, 0]), ("man", [0, 1, 0]), ("woman", [0, -1, 0]), ("bread", [0, 0, 3]));
        var evaluation = new WordEvaluation(vectors, 4);
        Assert.Equal((4, 3), (evaluation.Units.Shape[0], evaluation.Units.Shape[1]));
        Assert.Equal(vectors.Units.Values[..12].ToArray(), evaluation.Units.Values.ToArray());
        File.WriteAllText(_path, "man king woman queen\nman king woman bread\n");
        Assert.Equal([new("", 1, 1, 1)], evaluation.Analogies(_path));
    }

    [Fact]
    public void PairsAreJudgedByRanksAndByValues()
    {
        // cosines: king-queen 3/5, man-woman -1, king-man 1/√5, bread-man 0
        File.WriteAllText(_path, "# a comment\nKing\tqueen\t9\nman\twoman\t1\nking\tman\t9\nbread\tman\t4\nbread\tjam\t8\n");
        var score = _evaluation.Pairs(_path);
        Assert.Equal((4, 1), (score.Pairs, score.Skipped));
        // ranks of the numbers 3.5 1 3.5 2, of the cosines 4 1 3 2
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), score.Spearman, 1e-12);
        double[] x = [9, 1, 9, 4], y = [0.6, -1, 1 / Math.Sqrt(5), 0];
        double mx = x.Average(), my = y.Average();
        double r = x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / Math.Sqrt(x.Sum(a => (a - mx) * (a - mx)) * y.Sum(b => (b - my) * (b - my)));
        Assert.Equal(r, score.Pearson, 1e-6);
    }

    [Theory]
    [InlineData("king queen man\n")]
    [InlineData("king queen man woman bread\n")]
    public void AQuestionHasFourWords(string line)
    {
        File.WriteAllText(_path, ": x\n" + line);
        Assert.Equal(2, Assert.Throws<WordVectorException>(() => _evaluation.Analogies(_path)).Line);
    }
}
