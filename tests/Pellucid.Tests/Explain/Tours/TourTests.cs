using Pellucid.Explain.Tours;

namespace Pellucid.Tests.Explain.Tours;

public sealed class TourTests
{
    public static TheoryData<string> Names => [.. Tour.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryViewShowsATensorThatIsThereWithNamesThatFit(string name)
    {
        var tour = Tour.Find(name)!;
        var tensors = tour.Tensors.ToDictionary(tensor => tensor.Name);
        Assert.Equal(tour.Steps.Count, tour.Steps.Select(step => step.Id).Distinct().Count());
        foreach (var view in tour.Steps.SelectMany(step => step.Views))
        {
            var tensor = tensors[view.Tensor];
            string[] axes = tensor.Axes.Split(' ');
            Assert.Equal(axes.Length, tensor.Shape.Length);
            Assert.NotNull(tensor.Values);
            int[] shown = [.. tensor.Shape.Where((length, axis) => !(view.Fixed.ContainsKey(axes[axis]) || (length == 1 && axes[axis] is "B" or "H" && tensor.Shape.Length > 2)))];
            Assert.All(view.Fixed, part => Assert.InRange(part.Value, 0, tensor.Shape[Array.IndexOf(axes, part.Key)] - 1));
            if (view.Rows.Count > 0)
                Assert.Contains(view.Rows.Count, shown);
            if (view.Columns.Count > 0)
                Assert.Equal(view.Columns.Count, tensor.Shape[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryOperationReadsAndWritesTensorsOfTheTour(string name)
    {
        var tour = Tour.Find(name)!;
        var tensors = tour.Tensors.Select(tensor => tensor.Name).ToHashSet();
        Assert.All(tour.Ops, op => Assert.Contains(op.Output, tensors));
        Assert.All(tour.Ops.SelectMany(op => op.Inputs), input => Assert.Contains(input.Tensor, tensors));
    }

    [Fact]
    public void BothLanguagesHaveTheSameTextsAndEveryNumberIsFilledIn()
    {
        Assert.Equal(TourTexts.Keys("en").Order(StringComparer.Ordinal), TourTexts.Keys("zh").Order(StringComparer.Ordinal));
        foreach (var step in Tour.Names.SelectMany(name => Tour.Find(name)!.Steps))
        {
            Assert.DoesNotContain('{', step.Text.English + step.Text.Chinese + step.Title.English + step.Title.Chinese);
            Assert.NotEqual(step.Text.English, step.Text.Chinese);
        }
    }

    [Fact]
    public void TheThronesHaveTheNumbersOfTheirText()
    {
        var tour = Tour.Find("thrones")!;
        var steps = tour.Steps.ToDictionary(step => step.Id);
        Assert.Equal(23, steps["vocabulary"].Tokens.Count);
        Assert.Equal(["when", "you", "play", "game", "of", "thrones"], steps["encoding"].Tokens.Select(token => token.Piece));
        Assert.Equal([1, 6, 5], Shape(tour, "embedding.sum"));
        Assert.Equal([1, 6, 2, 3], Shape(tour, "attention.context")); // one head: 6 x 3
        Assert.Equal([1, 6, 6], Shape(tour, "attention.merged"));
        Assert.Equal([1, 6, 5], Shape(tour, "attention.output"));
        float[] normed = tour.Tensors.First(tensor => tensor.Name == "attention_norm.output").Values!;
        Assert.Equal(0, normed.Take(5).Sum(), 5);
    }

    [Fact]
    public void TheSplitByHeadMovesNoNumber()
    {
        var tour = Tour.Find("welcome")!;
        Assert.Equal(0, tour.Steps.First(step => step.Id == "split").Numbers["difference"]);
        Assert.Equal([1, 2, 4, 3], Shape(tour, "encoder.self_attention.query_by_head"));
        var values = tour.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Values!);
        Assert.Equal(values["encoder.self_attention.query"], values["encoder.self_attention.query_heads"]);
        for (int t = 0; t < 4; t++)
            Assert.Equal(0, values["encoder.self_attention.weights"][t * 4 + 3]); // nobody looks at padding
        Assert.Equal(0, values["decoder.self_attention.weights"][1]); // the first token does not see the second
        Assert.Equal(1, values["output.probabilities"].Take(8).Sum(), 5);
    }

    [Fact]
    public void TheShopAnswersWithTheWeightedSumOfItsValues()
    {
        var tour = Tour.Find("shop")!;
        double[] keys = [2.0, 1.5, 0.2, -1], prices = [120, 25, 60, 15];
        double sum = keys.Sum(key => Math.Exp(2 * key));
        double answer = keys.Zip(prices, (key, price) => Math.Exp(2 * key) / sum * price).Sum();
        Assert.Equal(answer, tour.Steps.First(step => step.Id == "softmax").Numbers["answer"], 3);
        Assert.Equal([2, 2, 4, 4], Shape(tour, "tensors.weights"));
    }

    [Fact]
    public void ATourIsTheSameEveryTime()
    {
        var (first, second) = (Tour.Find("thrones")!, Tour.Find("thrones")!);
        Assert.Equal(first.Tensors[^1].Values, second.Tensors[^1].Values);
        Assert.Null(Tour.Find("no such tour"));
    }

    private static int[] Shape(Tour tour, string tensor) => tour.Tensors.First(entry => entry.Name == tensor).Shape;
}
