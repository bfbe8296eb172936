using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors;

public sealed class ShapeTests
{
    [Fact]
    public void AxesCountFromBothEnds()
    {
        Shape shape = [3, 5, 7];
        Assert.Equal((3, 7, 5), (shape[0], shape[^1], shape[^2]));
        Assert.Equal((3, 105, 15), (shape.Rank, shape.Count, shape.Rows));
        Assert.Equal(Shape.Of(3, 9, 7), shape.With(1, 9));
        Assert.Equal(2, shape.Axis(-1));
    }

    [Fact]
    public void AScalarHasOneElementAndNoAxes()
    {
        Shape scalar = [];
        Assert.Equal((0, 1), (scalar.Rank, scalar.Count));
        Assert.Equal(scalar, default);
    }

    [Fact]
    public void ImpossibleShapesAreRefused()
    {
        Assert.Throws<ShapeException>(() => Shape.Of(-1));
        Assert.Throws<ShapeException>(() => Shape.Of(1 << 20, 1 << 20, 1 << 20));
        Assert.Throws<ShapeException>(() => Shape.Of(3).Axis(1));
    }

    [Fact]
    public void TheLargestShapeFitsItsMemory()
    {
        Assert.Equal(Storage.MaxLength, Shape.Of(Storage.MaxLength).Count);
        Assert.InRange(BufferPool.Capacity(Storage.MaxLength), Storage.MaxLength, Array.MaxLength - BufferPool.Alignment / sizeof(float));
        Assert.Throws<ShapeException>(() => Shape.Of(Storage.MaxLength + 1));
    }

    [Fact]
    public void AnEmptyBatchIsMultipliedLikeAnyOther()
    {
        var w = Parameter.From(Some.Tensor([7, 2]).Values, [7, 2]);
        using var recorder = Recorder.Begin(gradients: true);
        var y = Tensor.Zeros([0, 5, 7]).MatMul(w);
        Assert.Equal(Shape.Of(0, 5, 2), y.Shape);
        recorder.Backward(y, Tensor.Zeros([0, 5, 2]));
        Assert.All(w.Gradient.ToArray(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void EveryOpRefusesShapesThatDoNotGoTogether()
    {
        var x = Some.Tensor([3, 5, 7]);
        Action[] wrong =
        [
            () => x.MatMul(Some.Tensor([6, 2])),
            () => x.MatMul(Some.Tensor([2, 7, 4])),
            () => x.Linear(Some.Tensor([4, 6])),
            () => x.Linear(Some.Tensor([4, 7]), Some.Tensor([5])),
            () => x.LayerNorm(Some.Tensor([6]), Some.Tensor([7])),
            () => x.Add(Some.Tensor([4, 7])),
            () => x.Subtract(Some.Tensor([2])),
            () => x.Multiply(Some.Tensor([3, 5])),
            () => x.Reshape([3, 36]),
            () => x.Transpose(0, 1),
            () => x.Transpose(0, 0, 1),
            () => x.Slice(1, 3, 3),
            () => x.Slice(1, int.MaxValue, 1),
            () => Tensor.Scalar(1).Softmax(),
            () => Tensor.Scalar(1).LogSoftmax(),
            () => Tensor.Scalar(1).CrossEntropy(Some.Ids([1])),
            () => x.Sum(3),
            () => TensorOps.Concat(0, x, Some.Tensor([3, 5, 6])),
            () => x.CrossEntropy(Some.Ids([3, 4])),
            () => Some.Tensor([3, 4]).Embed(Some.Ids([2], 3)).Reshape([9]),
            () => Some.Tensor([3, 5, 2, 11]).Attention(Some.Tensor([2, 7, 2, 11]), Some.Tensor([2, 7, 2, 11]), AttentionMask.None),
            () => Some.Tensor([3, 5, 2, 11]).Attention(Some.Tensor([3, 7, 2, 11]), Some.Tensor([3, 7, 2, 11]), AttentionMask.Padding([1, 2])),
            () => Some.Tensor([3, 5, 2, 11]).Attention(Some.Tensor([3, 7, 2, 11]), Some.Tensor([3, 7, 2, 11]), AttentionMask.Padding([1, 2, 8])),
            () => x.Item(),
            () => Tensor.From([1, 2], [3]),
        ];
        Assert.All(wrong, action => Assert.Throws<ShapeException>(action));
    }

    [Fact]
    public void LogitsOfAThousandStayFinite()
    {
        var logits = Tensor.From([1000, -1000, 999, 1000, 1000, 1000], [2, 3]);
        Assert.All(logits.Softmax().ToArray(), p => Assert.True(float.IsFinite(p)));
        Assert.All(logits.LogSoftmax().ToArray(), p => Assert.True(float.IsFinite(p)));
        Assert.True(float.IsFinite(logits.CrossEntropy(Indices.From([1, 2], [2]), 0.1f).Item()));
    }

    [Fact]
    public void LogProbabilitiesKeepTheirDigitsHoweverLargeTheLogits()
    {
        // -log(1 + e^-10) and -10 - log(1 + e^-10), in double precision.
        foreach (float offset in new[] { 0f, 1000f, -1000f })
        {
            var logits = Tensor.From([offset, offset - 10], [1, 2]);
            var y = logits.LogSoftmax().ToArray();
            Assert.Equal(-4.5398899e-05, y[0], 1e-7);
            Assert.Equal(-10.0000454, y[1], 1e-6);
            Assert.Equal(4.5398899e-05, logits.CrossEntropy(Indices.From([0], [1])).Item(), 1e-7);
        }
    }

    [Fact]
    public void ARowThatSeesNothingIsZeros()
    {
        var q = Some.Tensor([2, 3, 1, 4]);
        var k = Some.Tensor([2, 5, 1, 4], 2);
        var (context, weights) = q.AttentionWithWeights(k, k, AttentionMask.Padding([0, 5]));
        Assert.All(context.Values[..12].ToArray(), value => Assert.Equal(0, value));
        Assert.All(weights.Values[..15].ToArray(), value => Assert.Equal(0, value));
        Assert.All(context.Values[12..].ToArray(), value => Assert.NotEqual(0, value));
        Assert.Equal([0, 0], Tensor.Full(float.NegativeInfinity, [1, 2]).Softmax().ToArray());
    }
}
