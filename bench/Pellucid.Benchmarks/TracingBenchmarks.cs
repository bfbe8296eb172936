using BenchmarkDotNet.Attributes;
using Pellucid.Explain.Traces;
using Pellucid.Models.Architectures;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tensors.Recording;

namespace Pellucid.Benchmarks;

/// <summary>
/// What traces cost while nobody traces: beside a decoding step of one row, all the module names that such a step gives its recorder, which is everything that was added to it.
/// The column Ratio of <see cref="Names"/> is the share, to be below 0.01; <see cref="Traced"/> is what tracing the same sentence costs when somebody does.
/// </summary>
public class TracingBenchmarks
{
    private const int Width = 256, Layers = 3, Tokens = 12;

    private static readonly string[] Roles = ["query", "key", "value", "output"];

    private readonly Transformer _model = Transformer.Create(
        new TransformerConfig { VocabularySize = 5000, Width = Width, Heads = 8, HiddenWidth = 512, EncoderLayers = Layers, DecoderLayers = Layers }, new Rng(1));

    private readonly int[] _sentence = [.. Enumerable.Range(10, Tokens)];

    [GlobalSetup]
    public void Prepare()
    {
        Threading.Count = 1;
        _model.Prepare(Precision.Float32);
    }

    /// <summary>The steps of a greedy search, one row.</summary>
    [Benchmark(Baseline = true)]
    public void Steps()
    {
        using var recorder = Recorder.Begin();
        using var session = _model.Begin([_sentence], 1, DecodingMode.Cached, alignment: false);
        foreach (int token in _sentence)
            session.Step([token]);
    }

    /// <summary>The names of the same steps, and nothing else.</summary>
    [Benchmark]
    public int Names()
    {
        using var recorder = Recorder.Begin();
        int names = 0;
        for (int step = 0; step < Tokens; step++)
            for (int layer = 0; layer < Layers; layer++)
            {
                names += Attention("self_attention", 4) + Attention("cross_attention", 4) + Attention("feed_forward", 2);
                foreach (string norm in (ReadOnlySpan<string>)["attention_norm", "cross_attention_norm", "feed_forward_norm"])
                    using (Recorder.Enter(norm))
                        names++;
            }
        return names;
    }

    /// <summary>One pass over source and target with every number kept.</summary>
    [Benchmark]
    public int Traced()
    {
        var recording = new TraceRecording(_model);
        using var recorder = Recorder.Begin(observers: recording);
        var ids = Indices.From(_sentence, [1, Tokens]);
        _model.Decode(ids, _model.Encode(ids, [Tokens]), [Tokens]);
        return recording.Finish(new TraceHeader("translation", _model.Config, [], [], [])).Ops.Count;
    }

    private static int Attention(string name, int roles)
    {
        using var place = Recorder.Enter(name);
        foreach (string role in Roles.AsSpan(0, roles))
            using (Recorder.Enter(role))
                continue;
        return roles + 1;
    }
}
