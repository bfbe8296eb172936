using Pellucid.Explain.Traces;
using Pellucid.Tests.Translators;

namespace Pellucid.Tests.Explain.Traces;

public sealed class TraceDiffTests
{
    private static readonly Trace Trace = Of(SmallModel.New());

    [Fact]
    public void ATraceEqualsItselfMadeAgain()
    {
        var diff = TraceDiff.Of(Trace, Of(SmallModel.New()));
        Assert.Null(diff.Difference);
        Assert.Equal((Trace.Tensors.Count, 0), (diff.Compared, diff.NotCompared));
    }

    [Fact]
    public void AChangedWeightIsNamedBeforeAnythingThatItChanged()
    {
        var model = SmallModel.New();
        var weight = model.Transformer.Parameters().First(entry => entry.Name == "decoder.layers.0.cross_attention.value.weight").Parameter;
        float[] values = weight.ToArray();
        values[7] += 1e-6f;
        weight.Assign(values);
        var difference = TraceDiff.Of(Trace, Of(model)).Difference!;
        Assert.Equal("decoder.layers.0.cross_attention.value.weight", difference.Tensor);
        Assert.Equal("decoder.0.cross_attention.value", Trace.Ops[difference.Op].Output);
        Assert.Contains("element 7", difference.What);
    }

    [Fact]
    public void TheFirstOperationThatComputedOtherBitsIsNamed()
    {
        var tensor = Trace.Find("decoder.1.self_attention.scaled")!;
        float[] values = [.. tensor.Values!];
        values[2] = MathF.BitIncrement(values[2]);
        var other = Trace with { Tensors = [.. Trace.Tensors.Select(entry => entry == tensor ? tensor with { Values = values } : entry)] };
        Assert.Equal(tensor.Name, TraceDiff.Of(Trace, other).Difference?.Tensor);
    }

    [Fact]
    public void OtherTokensPartAtTheLookup()
    {
        var other = Tracer.Trace(SmallModel.New(), "Hello", [21]);
        Assert.Equal((0, "encoder.embedding.rows"), (TraceDiff.Of(Trace, other).Difference!.Op, TraceDiff.Of(Trace, other).Difference!.Tensor));
        Assert.Equal("decoder.embedding.rows", TraceDiff.Of(Trace, Tracer.Trace(SmallModel.New(), "I am hungry.", [22])).Difference!.Tensor);
    }

    [Fact]
    public void WhatIsNotCapturedIsNotCalledEqual()
    {
        var part = Tracer.Trace(SmallModel.New(), "I am hungry.", [21], TracePattern.Parse("output.*"));
        Assert.Equal((3, Trace.Tensors.Count - 3), (TraceDiff.Of(Trace, part).Compared, TraceDiff.Of(Trace, part).NotCompared));
    }

    private static Trace Of(TranslationModel model) => Tracer.Trace(model, "I am hungry.", [21]);
}
