using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Benchmarks;

/// <summary>One op: forward alone, and forward with the derivative for every input that has one. Results go back to the recorder's pool, as in training.</summary>
[MemoryDiagnoser]
public abstract class OpBenchmarks
{
    private Tensor[] _inputs = [];
    private Tensor? _upstream;

    [GlobalSetup]
    public void Setup()
    {
        _inputs = Inputs();
        using var recorder = Recorder.Begin();
        _upstream = recorder.Keep(Apply(_inputs).Scale(1));
    }

    [Benchmark]
    public void Forward()
    {
        using var recorder = Recorder.Begin();
        Apply(_inputs);
    }

    [Benchmark]
    public void ForwardAndBackward()
    {
        using var recorder = Recorder.Begin(gradients: true);
        foreach (var input in _inputs)
            recorder.Watch(input);
        recorder.Backward(Apply(_inputs), _upstream!);
    }

    /// <summary>The operands, of the size that a step of `small` has.</summary>
    protected abstract Tensor[] Inputs();

    protected abstract Tensor Apply(Tensor[] inputs);

    /// <summary>Numbers between -2 and 2 without a pattern that matters.</summary>
    protected static Tensor Some(params ReadOnlySpan<int> lengths)
    {
        var shape = Shape.Of(lengths);
        var rng = new Rng(1);
        return Tensor.From([.. Enumerable.Range(0, shape.Count).Select(i => rng.Below(4001, (ulong)i) / 1000f - 2)], shape);
    }
}
