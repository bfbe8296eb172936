using Pellucid.Explain.Traces;

namespace Pellucid.Tests.Explain.Traces;

public sealed class TracePatternTests
{
    [Theory]
    [InlineData("encoder.*.weights", "encoder.0.self_attention.weights", true)]
    [InlineData("encoder.*.weights", "encoder.weights", false)]
    [InlineData("encoder.**.weights", "encoder.weights", true)]
    [InlineData("encoder.*.weights", "decoder.0.self_attention.weights", false)]
    [InlineData("encoder.*.weights", "encoder.0.self_attention.weights_of_mine", false)]
    [InlineData("decoder.?.*_attention.scores", "decoder.1.cross_attention.scores", true)]
    [InlineData("decoder.?.*_attention.scores", "decoder.10.cross_attention.scores", false)]
    [InlineData("output.logits", "output.logits", true)]
    [InlineData("output", "output.logits", false)]
    [InlineData("**", "output.logits", true)]
    [InlineData("**,!**.weight", "decoder.layers.0.self_attention.query.weight", false)]
    [InlineData("**,!**.weight", "decoder.0.self_attention.weights", true)]
    [InlineData("!**.weight , embedding.weight,**", "encoder.layers.0.feed_forward.hidden.weight", true)]
    [InlineData("a*c*e.b", "abcde.b", true)]
    public void PatternsMatchNames(string pattern, string name, bool matches) => Assert.Equal(matches, TracePattern.Parse(pattern).Captures(name));

    [Fact]
    public void WhatTheRunComputedIsEverythingButTheWeights()
    {
        var trace = Tracer.Trace(Translators.SmallModel.New(), "Hello", [20], TracePattern.Computed);
        Assert.All(trace.Tensors, tensor => Assert.Equal(tensor.Origin == TensorOrigin.Computed, tensor.Values is not null));
    }

    [Theory, InlineData(""), InlineData(" , "), InlineData("!encoder.*"), InlineData("encoder..weights"), InlineData(".")]
    public void APatternThatCanMatchNothingIsRefused(string text) => Assert.Throws<ArgumentException>(() => TracePattern.Parse(text));

    [Fact]
    public void APartThatMatchesNothingIsNamed() =>
        Assert.Equal(["encodr.*"], TracePattern.Parse("encodr.*,output.*").Unmatched(["output.logits", "encoder.norm.output"]));
}
