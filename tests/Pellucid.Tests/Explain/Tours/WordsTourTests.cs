using Pellucid.Explain.Formulas;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Tours;
using Pellucid.Explain.Traces;
using Pellucid.Explain.Verification;
using Pellucid.Explain.Walks;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Explain.Tours;

public sealed class WordsTourTests
{
    private static readonly Tour Kingdom = WordsTour.Make();

    private static readonly Dictionary<string, TraceTensor> Tensors = Kingdom.Tensors.ToDictionary(tensor => tensor.Name);

    [Fact]
    public void AOneHotRowTimesTheMatrixIsTheWordsRow() => Assert.Equal(Tensors["input.rows"].Values, Tensors["one_hot.product"].Values);

    // The tour's step, one operation after another, is the step that training makes in one kernel. Of skip-gram training makes the changes of one word
    // around after those of another, with the forces of before: the same for each of them alone.
    [Theory]
    [InlineData("cbow")]
    [InlineData("skip_gram")]
    public void TheStepIsTheOneThatTrainingMakes(string model)
    {
        int D = Tensors["input.weight"].Shape[1];
        int[] around = Kingdom.Ops.First(op => op.Output == "around").Ids!, targets = Kingdom.Ops.First(op => op.Output == "targets").Ids!;
        double[] input = Doubles("input.weight"), target = Doubles("target.weight");
        float[] labels = [1, .. new float[targets.Length - 1]];
        var kind = model == "cbow" ? WindowKind.MeanOfWords : WindowKind.SkipGram;
        float[] weights = [.. labels.Select(_ => 1f)];
        double[] sum = [.. target];
        foreach (int[] inputs in kind == WindowKind.SkipGram ? [.. around.Select(c => new[] { c })] : new[] { around })
        {
            double[] changed = Doubles("target.weight");
            WindowNaive.Run(kind, [new WindowNaive.Window(inputs, targets, labels, weights)], 0.1f, input, changed, D);
            for (int i = 0; i < sum.Length; i++) sum[i] += changed[i] - target[i];
        }
        target = sum;

        Assert.Equal(around.Length, around.Distinct().Count());
        AssertRows(input, around, $"{model}.around_after", D);
        AssertRows(target, targets, $"{model}.targets_after", D);
    }

    [Fact]
    public void EveryOperationIsRightAndEveryCellCanBeTakenApart()
    {
        var trace = TourContent.TraceOf(Kingdom);
        var report = Verifier.Verify(trace);
        Assert.True(report.Ok, report.ToString());
        foreach (var op in trace.Ops)
        {
            var tensor = trace.Find(op.Output)!;
            foreach (int[] index in HandTrace.Indices(tensor.Shape))
                Assert.InRange(Provenance.Of(trace, op.Output, index).RelativeError!.Value, 0, 1e-5);
        }
    }

    [Fact]
    public void TheKingdomIsLearned()
    {
        var analogy = Kingdom.Steps.Single(step => step.Id == "analogy");
        Assert.Contains("queen", analogy.Text.English);
        Assert.Equal([new TourArrow(4, 1), new TourArrow(6, 5)], analogy.Map!.Arrows); // man to king, woman to queen
        Assert.InRange(Kingdom.Steps.Single(step => step.Id == "map").Numbers["explained"], 50, 100);
    }

    [Fact]
    public void ATextWithoutTheWordsHasNoAnalogyAndAnyTextIsLearned()
    {
        var tour = WordsTour.Make(new() { Text = "to be or not to be\r\n\nthat is the question", Width = 3, Window = 1, Negative = 40 });
        Assert.Equal("neighbours", tour.Steps[^1].Id);
        Assert.True(Verifier.Verify(TourContent.TraceOf(tour)).Ok);
        Assert.All(tour.Tensors, tensor => Assert.All(tensor.Values!, value => Assert.True(float.IsFinite(value))));
    }

    [Theory]
    [InlineData("", "three different words")]
    [InlineData("one\ntwo\nthree", "a sentence of two")]
    public void ATextThatIsTooSmallIsRefused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => WordsTour.Make(new() { Text = text })).Message);

    [Fact]
    public void ATextThatIsTooLargeIsRefused()
    {
        Assert.Contains("different words", Assert.Throws<ArgumentException>(() => WordsTour.Make(new() { Text = string.Join(' ', Enumerable.Range(0, 61)) })).Message);
        Assert.Contains("2000 words", Assert.Throws<ArgumentException>(() => WordsTour.Make(new() { Text = string.Join(' ', Enumerable.Repeat("a b c", 700)) })).Message);
    }

    [Fact]
    public void VectorsFromElsewhereGiveMapNeighboursAndAnalogy()
    {
        string[] words = ["man", "king", "woman", "queen", "bread"];
        float[] vectors = [1, 0, 0, 1, 1, 0, -1, 0, 0, -1, 1, 0, 0, 0, 5];
        var tour = WordsTour.Of(words, vectors, (0, 1, 2));
        Assert.Equal(["map", "neighbours", "analogy"], tour.Steps.Select(step => step.Id));
        Assert.Contains("queen", tour.Steps[2].Text.English);
        Assert.True(Verifier.Verify(TourContent.TraceOf(tour)).Ok);
    }

    [Fact]
    public void EveryStepCanBeWrittenInBothLanguages()
    {
        foreach (var language in Language.All)
            for (int at = 0; at < Kingdom.Steps.Count; at++)
            {
                var content = TourContent.Of(Kingdom, at, language, mostCells: 6);
                Assert.All(content.Parts, part => Assert.All(part.Table.Rows, row => Assert.Equal(part.Table.Headings.Count, row.Count)));
                Assert.All(content.Parts, part => Assert.InRange(part.Table.Headings.Count, 2, 7));
            }
        var cell = TourContent.Cell(Kingdom, "cbow.probabilities[0,0,0,0]", new ContentOptions());
        Assert.Contains(cell.Facts, fact => fact.Text.Contains("1/(1 + exp(", StringComparison.Ordinal));
        Assert.Contains("no tensor", Assert.Throws<ArgumentException>(() => TourContent.Cell(Kingdom, "nothing[0]", new ContentOptions())).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ATableMayBeCutToAFewCells(int most)
    {
        for (int at = 0; at < Kingdom.Steps.Count; at++)
        {
            var parts = TourContent.Of(Kingdom, at, Language.English, most).Parts;
            Assert.All(parts, part => Assert.InRange(part.Table.Rows.Count, 1, most));
            Assert.All(parts, part => Assert.InRange(part.Table.Headings.Count, 2, most + 1));
            Assert.All(parts, part => Assert.NotEqual("…", part.Table.Rows[0][1]));
        }
    }

    private static double[] Doubles(string tensor) => [.. Tensors[tensor].Values!.Select(value => (double)value)];

    private static void AssertRows(double[] table, int[] ids, string tensor, int D)
    {
        float[] rows = Tensors[tensor].Values!;
        for (int i = 0; i < ids.Length; i++)
            for (int d = 0; d < D; d++) Assert.Equal(table[ids[i] * D + d], rows[i * D + d], 1e-5);
    }
}
