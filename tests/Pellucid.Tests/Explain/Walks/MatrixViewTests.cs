using Pellucid.Explain.Traces;
using Pellucid.Explain.Walks;

namespace Pellucid.Tests.Explain.Walks;

public sealed class MatrixViewTests
{
    [Theory]
    [InlineData("B H T S", new[] { 1, 2, 3, 5 }, 3, 5)]
    [InlineData("B T H K", new[] { 1, 3, 2, 5 }, 3, 5)]
    [InlineData("B T D", new[] { 1, 3, 5 }, 3, 5)]
    [InlineData("B T", new[] { 1, 3 }, 3, 1)]
    [InlineData("D F", new[] { 3, 5 }, 3, 5)]
    [InlineData("D", new[] { 5 }, 1, 5)]
    public void TheCellsAreThoseOfTheTensor(string axes, int[] shape, int rows, int columns)
    {
        var tensor = Tensor("decoder.0.self_attention.x", axes, shape);
        bool hasHeads = axes.Contains('H');
        var view = MatrixView.Of(tensor, new MatrixSelection { Head = hasHeads ? 1 : 0, MostCells = 0 })!;

        Assert.Equal((rows, columns), (view.RowCount, view.ColumnCount));
        foreach (int row in view.Rows)
            foreach (int column in view.Columns)
                Assert.Equal(HandTrace.At(tensor, view.Index(row, column)), view[row, column]);
        Assert.Equal(rows * columns, view.Rows.SelectMany(row => view.Columns.Select(column => view[row, column])).Distinct().Count());
        Assert.Equal(hasHeads ? (1, 2) : null, view.Head);
    }

    [Fact]
    public void WhatIsTooLargeIsCutToItsBeginningAndItsEnd()
    {
        var view = MatrixView.Of(Tensor("decoder.x", "B T D", [1, 40, 256]), new MatrixSelection { MostCells = 100 })!;

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 39], view.Rows);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 255], view.Columns);
        Assert.Equal((0, 40 * 256 - 1.0), (view.Minimum, view.Maximum)); // of the whole matrix, not of the cut
    }

    [Fact]
    public void OfAVocabularyTheLargestColumnsAreShown()
    {
        var tensor = Tensor("output.logits", "B T V", [1, 2, 500]);
        (tensor.Values![70], tensor.Values[500 + 300], tensor.Values[500 + 4]) = (9000, 9001, float.NegativeInfinity);
        var view = MatrixView.Of(tensor, new MatrixSelection { MostCells = 8 })!;

        Assert.Contains(70, view.Columns);
        Assert.Contains(300, view.Columns);
        Assert.Equal((true, 0, 9001), (view.HasLargestColumns, view.Minimum, view.Maximum));
        Assert.Equal(view.Columns.Order(), view.Columns);
    }

    [Fact]
    public void AStepOfTheGenerationIsOneRowOfTheDecoderAndAllOfTheEncoder()
    {
        var step = new MatrixSelection { Step = 2 };

        Assert.Equal([1], MatrixView.Of(Tensor("decoder.0.feed_forward.output", "B T D", [1, 3, 4]), step)!.Rows);
        Assert.Equal([0, 1, 2], MatrixView.Of(Tensor("encoder.0.feed_forward.output", "B S D", [1, 3, 4]), step)!.Rows);
        Assert.Contains("no step 9", Assert.Throws<ArgumentException>(() => MatrixView.Of(Tensor("output.logits", "B T V", [1, 3, 4]), new MatrixSelection { Step = 9 })).Message);
        Assert.Contains("no head 3", Assert.Throws<ArgumentException>(() => MatrixView.Of(Tensor("encoder.x", "B H T S", [1, 2, 3, 4]), new MatrixSelection { Head = 3 })).Message);
        Assert.Null(MatrixView.Of(Tensor("x", "D", [4]) with { Values = null }, step));
    }

    private static TraceTensor Tensor(string name, string axes, int[] shape) =>
        new(name, axes, shape, TensorOrigin.Computed, [.. Enumerable.Range(0, shape.Aggregate(1, (product, length) => product * length)).Select(i => (float)i)]);
}
