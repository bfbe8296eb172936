using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors.Recording;

/// <summary>A Backward that gives memory back: the same gradients, and each tensor's memory as soon as its last reader has run. Alone, since it counts what the shared arena gives out.</summary>
[Collection("alone")]
public sealed class ReleaseTests
{
    private const int Rows = 64, Width = 256, Layers = 12;

    [Fact]
    public void GradientsAreTheSameBitForBit()
    {
        var (kept, released) = (Weights(), Weights());
        using (var recorder = Recorder.Begin(gradients: true))
            recorder.Backward(Loss(kept, out _));
        using (var recorder = Recorder.Begin(gradients: true))
            recorder.Backward(Loss(released, out _), release: true);
        for (int i = 0; i < Layers; i++)
            Assert.Equal(Some.Bits(kept[i].Gradient), Some.Bits(released[i].Gradient));
    }

    [Fact]
    public void ActivationsOfLaterLayersAreBackBeforeThoseOfEarlierOnesAreRead()
    {
        using var recorder = Recorder.Begin(gradients: true);
        var use = new List<long>();
        Tensor x = Some.Tensor([Rows, Width]);
        foreach (var weight in Weights())
            x = new Spy(() => use.Add(WorkingMemory.InUse)).Apply(x.Linear(weight).Gelu());
        long before = WorkingMemory.InUse;
        recorder.Backward(x.Sum(1).Sum(0), release: true);
        // The spies ran from the last layer to the first: each finds two tensors less, the linear map's and the activation's.
        long layer = 2L * Rows * Width * sizeof(float);
        Assert.Equal(Layers, use.Count);
        for (int i = 1; i < Layers; i++)
            Assert.InRange(use[i - 1] - use[i], layer, layer * 2);
        Assert.True(WorkingMemory.InUse < before - (Layers - 1) * layer);
    }

    [Fact]
    public void AReleasedTensorIsAnErrorToReadButTheLossTheKeptAndTheWatchedStay()
    {
        var weights = Weights();
        using var recorder = Recorder.Begin(gradients: true);
        var loss = Loss(weights, out var layers);
        recorder.Keep(layers[3]);
        recorder.Watch(layers[5]);
        float value = loss.Item();
        recorder.Backward(loss, release: true);
        Assert.Equal(value, loss.Item());
        Assert.Equal(Rows * Width, layers[3].ToArray().Length);
        Assert.Equal(Rows * Width, layers[5].ToArray().Length);
        Assert.Throws<ObjectDisposedException>(() => layers[4].ToArray());
    }

    [Fact]
    public void AGradientThatWasLookedAtStaysWhatItWas()
    {
        var x = Some.Tensor([8]);
        using var recorder = Recorder.Begin(gradients: true);
        recorder.Watch(x);
        recorder.Backward(x.Scale(2).Sum(0), release: true);
        var first = recorder.GradientOf(x);
        recorder.Backward(x.Scale(3).Sum(0), release: true);
        Assert.All(first.ToArray(), g => Assert.Equal(2, g));
        Assert.All(recorder.GradientOf(x).ToArray(), g => Assert.Equal(5, g));
    }

    [Fact]
    public void WhatArrivesAtAWatchedOutputIsAddedToItsSum()
    {
        long before = WorkingMemory.InUse;
        using (var recorder = Recorder.Begin(gradients: true))
        {
            var y = recorder.Watch(recorder.Watch(Some.Tensor([8])).Scale(2));
            recorder.Backward(y.Scale(3).Sum(0));
            recorder.Backward(y, Tensor.Full(4, [8]));
            Assert.All(recorder.GradientOf(y).ToArray(), g => Assert.Equal(7, g));
        }
        Assert.Equal(before, WorkingMemory.InUse);
    }

    [Fact]
    public void AFailedBackwardUsesUpTheTape()
    {
        using var recorder = Recorder.Begin(gradients: true);
        var y = new Spy(() => throw new IOException()).Apply(Some.Tensor([Rows, Width]).Linear(Weights()[0]));
        var loss = y.Gelu().Sum(1).Sum(0);
        Assert.Throws<IOException>(() => recorder.Backward(loss, release: true));
        Assert.Throws<InvalidOperationException>(() => recorder.Backward(loss, release: true));
    }

    [Fact]
    public void ARecorderInsideLeavesTheMemoryOfTheOneOutsideAlone()
    {
        var targets = Indices.From([.. Enumerable.Range(0, Rows)], [Rows]);
        var (weight, alone) = (Weights()[0], Weights()[0]);
        Tensor Logits(Parameter w) => Some.Tensor([Rows, Width]).Linear(w).Scale(2).Linear(w);
        using (var recorder = Recorder.Begin(gradients: true))
            recorder.Backward(Logits(alone).CrossEntropy(targets));
        using var outer = Recorder.Begin(gradients: true);
        var logits = Logits(weight);
        using (var inner = Recorder.Begin(gradients: true))
        {
            Assert.Throws<ArgumentException>(() => inner.Watch(logits));
            var seen = inner.Watch(logits.Reshape([Rows / 2, 2, Width]));
            inner.Backward(seen.CrossEntropy(targets), release: true);
            Assert.Contains(inner.GradientOf(seen).ToArray(), g => g != 0);
        }
        outer.Backward(logits.CrossEntropy(targets), release: true);
        Assert.Equal(Some.Bits(alone.Gradient), Some.Bits(weight.Gradient));
    }

    [Fact]
    public void TwoThreadsMayTrainAtOnce()
    {
        var expected = Weights();
        using (var recorder = Recorder.Begin(gradients: true))
            recorder.Backward(Loss(expected, out _));
        int[][] bits = [.. expected.Select(weight => Some.Bits(weight.Gradient))];
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            var weights = Weights();
            for (int round = 0; round < 5; round++)
            {
                foreach (var weight in weights)
                    weight.ClearGradient();
                using var recorder = Recorder.Begin(gradients: true);
                recorder.Backward(Loss(weights, out Tensor[] _), release: true);
                for (int i = 0; i < Layers; i++)
                    Assert.Equal(bits[i], Some.Bits(weights[i].Gradient));
            }
        });
    }

    [Fact]
    public void AGradientCanBeKept()
    {
        var x = Some.Tensor([8]);
        Tensor gradient;
        using (var recorder = Recorder.Begin(gradients: true))
        {
            recorder.Watch(x);
            recorder.Backward(x.Scale(2).Sum(0));
            gradient = recorder.Keep(recorder.GradientOf(x));
        }
        Assert.All(gradient.ToArray(), g => Assert.Equal(2, g));
    }

    [Fact]
    public void TheLogitsMemoryBecomesTheirGradientOnlyWhereNobodyNeedsThem()
    {
        var targets = Indices.From([.. Enumerable.Range(0, Rows).Select(i => i * 5 % Width)], [Rows]);
        var (weight, expected) = (Weights()[0], Weights()[0]);
        long logits = (long)Rows * Width * sizeof(float);
        using (var recorder = Recorder.Begin(gradients: true))
            recorder.Backward(Some.Tensor([Rows, Width]).Linear(expected).CrossEntropy(targets, 0.1f));
        long Needed(Func<Tensor, Tensor> loss)
        {
            weight.ClearGradient();
            using var recorder = Recorder.Begin(gradients: true);
            var result = loss(Some.Tensor([Rows, Width]).Linear(weight));
            long before = WorkingMemory.InUse;
            WorkingMemory.ResetPeak();
            recorder.Backward(result, release: true);
            return WorkingMemory.Peak - before;
        }
        Assert.InRange(Needed(y => y.CrossEntropy(targets, 0.1f)), 0, logits / 2);
        Assert.Equal(Some.Bits(expected.Gradient), Some.Bits(weight.Gradient));
        // The derivative of a second reader needs the logits as they are: of an earlier one after, of a later one before.
        foreach (var two in (Func<Tensor, Tensor>[])[y => y.Gelu().Sum(1).Sum(0).Add(y.CrossEntropy(targets)), y => y.CrossEntropy(targets).Add(y.Gelu().Sum(1).Sum(0))])
        {
            Assert.InRange(Needed(two), logits, 4 * logits);
            int[] once = Some.Bits(weight.Gradient);
            weight.ClearGradient();
            using var recorder = Recorder.Begin(gradients: true);
            recorder.Backward(two(Some.Tensor([Rows, Width]).Linear(weight)));
            Assert.Equal(once, Some.Bits(weight.Gradient));
        }
    }

    [Fact]
    public void EverythingIsBackWhenTheRecorderEnds()
    {
        long before = WorkingMemory.InUse;
        foreach (bool release in (bool[])[false, true])
        {
            using (var recorder = Recorder.Begin(gradients: true))
                recorder.Backward(Loss(Weights(), out _), release);
            Assert.Equal(before, WorkingMemory.InUse);
        }
        // Also after a failure in the middle.
        Assert.Throws<IOException>(() =>
        {
            using var recorder = Recorder.Begin(gradients: true);
            var y = new Spy(() => throw new IOException()).Apply(Some.Tensor([Rows, Width]).Linear(Weights()[0]));
            recorder.Backward(y.Gelu().Sum(1).Sum(0), release: true);
        });
        Assert.Equal(before, WorkingMemory.InUse);
    }

    private static Parameter[] Weights() => [.. Enumerable.Range(0, Layers).Select(i => Parameter.From(Some.Tensor([Width, Width], seed: (ulong)i).Scale(0.1f).Values, [Width, Width]))];

    private static Tensor Loss(Parameter[] weights, out Tensor[] layers)
    {
        Tensor x = Some.Tensor([Rows, Width]);
        layers = new Tensor[weights.Length];
        for (int i = 0; i < weights.Length; i++)
            x = layers[i] = x.Add(x.Linear(weights[i]).Gelu());
        return x.Sum(1).Mean(0);
    }

    /// <summary>y = x; tells when its derivative runs.</summary>
    private sealed class Spy(Action onBackward) : Op
    {
        public override string Name => "spy";

        internal override Tensor Forward(ReadOnlySpan<Tensor> inputs) => new(inputs[0].Shape, inputs[0]);

        internal override void Backward(Pellucid.Tensors.Autograd.Derivative d)
        {
            onBackward();
            d.Pass(0);
        }

        internal override Twin Reference(ReadOnlySpan<Twin> inputs) => inputs[0];
    }
}
