using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors.Recording;

public sealed class RecorderTests
{
    [Fact]
    public void ATensorKeptFromOneTapeIsAConstantToTheNext()
    {
        var w = Parameter.From([2, 3], [2]);
        Tensor kept;
        using (var first = Recorder.Begin(gradients: true))
        {
            kept = first.Keep(w.Scale(2));
            first.Backward(kept.Sum(0));
        }
        w.ClearGradient();
        using var second = Recorder.Begin(gradients: true);
        second.Backward(kept.Multiply(w).Sum(0));
        Assert.Equal(kept.ToArray(), w.Gradient.ToArray());
    }

    [Fact]
    public void GradientsAddUpUntilCleared()
    {
        var w = Parameter.From([5], [1]);
        for (int i = 1; i <= 2; i++)
        {
            using var recorder = Recorder.Begin(gradients: true);
            recorder.Backward(w.Scale(3).Sum(0));
            Assert.Equal(3 * i, w.Gradient.Item());
        }
        w.ClearGradient();
        Assert.False(w.HasGradient);
        Assert.Throws<InvalidOperationException>(() => w.Gradient);
    }

    [Fact]
    public void AGradientSharedByTwoBranchesIsNotSpoiledByEither()
    {
        // y = x + x: dy reaches x twice through the same memory.
        var x = Some.Tensor([3, 5]);
        using var recorder = Recorder.Begin(gradients: true);
        recorder.Watch(x);
        var y = x.Add(x.Reshape([3, 5]));
        var z = y.Add(y.Scale(2));
        recorder.Backward(z, Tensor.Full(1, [3, 5]));
        Assert.All(recorder.GradientOf(x).ToArray(), g => Assert.Equal(6, g));
    }

    [Fact]
    public void AFrozenParameterGetsNoGradient()
    {
        var w = Parameter.From([1, 2], [2]);
        var frozen = Parameter.From([3, 4], [2]);
        frozen.Trainable = false;
        using var recorder = Recorder.Begin(gradients: true);
        recorder.Backward(w.Multiply(frozen).Sum(0));
        Assert.False(frozen.HasGradient);
        Assert.Equal([3, 4], w.Gradient.ToArray());
    }

    [Fact]
    public void ALossWithoutATapeSaysWhatIsMissing()
    {
        using var recorder = Recorder.Begin();
        var error = Assert.Throws<InvalidOperationException>(() => recorder.Backward(Tensor.Scalar(1)));
        Assert.Contains("gradients: true", error.Message);
    }

    [Fact]
    public void AnOpThatMakesANanIsNamedWithItsModule()
    {
        using var recorder = Recorder.Begin(observers: new FiniteCheck());
        using var scope = Recorder.Enter("output");
        var error = Assert.Throws<NotFiniteException>(() => Tensor.Full(3e38f, [2]).Scale(10));
        Assert.Equal(("output", "scale"), (error.Path, error.Op));
    }

    [Fact]
    public void TheInnerRecordersKeptTensorBelongsToTheOuter()
    {
        Tensor kept;
        using (Recorder.Begin())
        {
            using (var inner = Recorder.Begin())
                kept = inner.Keep(Some.Tensor([4]).Scale(2));
            Assert.Equal(4, kept.ToArray().Length);
        }
        Assert.Throws<ObjectDisposedException>(() => kept.ToArray());
    }

    [Fact]
    public void ATapeThatBackwardHasUsedUpSaysSo()
    {
        var w = Parameter.From([2, 3], [2]);
        using var recorder = Recorder.Begin(gradients: true);
        var y = w.Scale(2);
        var (one, other) = (y.Sum(0), y.Multiply(y).Sum(0));
        recorder.Backward(one);
        Assert.Contains("used up", Assert.Throws<InvalidOperationException>(() => recorder.Backward(other)).Message);
        Assert.Equal([2, 2], w.Gradient.ToArray());
        recorder.Backward(w.Scale(3).Sum(0));
        Assert.Equal([5, 5], w.Gradient.ToArray());
    }

    [Fact]
    public void WatchingAParameterIsRefused()
    {
        using var recorder = Recorder.Begin(gradients: true);
        Assert.Contains("Gradient", Assert.Throws<ArgumentException>(() => recorder.Watch(Parameter.From([2], [1]))).Message);
    }

    [Fact]
    public void RecordersThatEndInTheWrongOrderLeaveNoneBehind()
    {
        var outer = Recorder.Begin();
        var inner = Recorder.Begin();
        var x = Some.Tensor([4]).Scale(2);
        outer.Dispose();
        Assert.Same(inner, Recorder.Current);
        Assert.Equal(4, x.ToArray().Length);
        inner.Dispose();
        Assert.Null(Recorder.Current);
    }

    [Fact]
    public void ARecorderThatEndsOnAnotherThreadIsNoLongerCurrentOnItsOwn()
    {
        var recorder = Recorder.Begin(gradients: true);
        var loss = Parameter.From([1], [1]).Scale(2);
        var other = new Thread(recorder.Dispose);
        other.Start();
        other.Join();
        Assert.Null(Recorder.Current);
        Assert.Throws<ObjectDisposedException>(() => recorder.Backward(loss));
    }

    [Fact]
    public void AnObserverSeesTheOpsOfInnerRecordersToo()
    {
        using var recorder = Recorder.Begin(observers: new FiniteCheck());
        using var scope = Recorder.Enter("decoder");
        using (Recorder.Begin(gradients: true))
            Assert.Equal("decoder", Assert.Throws<NotFiniteException>(() => Tensor.Full(3e38f, [2]).Scale(10)).Path);
    }
}
