using Pellucid.Bench.Peers;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// One optimisation step: random ids without padding, label smoothing 0.1, one matrix for all embeddings, dropout 0.1, clipping by the global norm, Adam.
/// The peer does the same work with its nn.Transformer. Limit: the rate of fused multiply-adds, over the FLOP of <see cref="TransformerWork.TrainingFlops"/>.
/// </summary>
internal sealed class TrainingStep : Workload
{
    private static readonly Dictionary<string, (TransformerConfig Model, int B, int S, int T)> Shapes = new()
    {
        ["tiny"] = (TransformerConfig.Tiny with { VocabularySize = 8000 }, 128, 16, 16),
        ["small"] = (TransformerConfig.Small with { VocabularySize = 8000 }, 128, 16, 16),
        ["base"] = (TransformerConfig.Base with { VocabularySize = 16000 }, 64, 32, 32),
    };

    private readonly TransformerConfig _config;
    private readonly int _batchSize;
    private readonly int _source;
    private readonly int _target;
    private StepRunner<TranslationBatch>? _runner;
    private TranslationBatch? _batch;
    private long _step;

    /// <exception cref="FormatException">There is no such shape.</exception>
    public TrainingStep(string shape)
    {
        if (!Shapes.TryGetValue(shape, out var sizes)) throw new FormatException($"there is no training step '{shape}' (there is: {string.Join(", ", Names)})");
        // nn.Transformer drops out attention probabilities and hidden activations too.
        _config = sizes.Model with { Dropout = 0.1f, AttentionDropout = 0.1f, ActivationDropout = 0.1f };
        (Shape, _batchSize, _source, _target) = (shape, sizes.B, sizes.S, sizes.T);
    }

    public static IReadOnlyCollection<string> Names => Shapes.Keys;

    public override string Bench => "train";

    public override string Shape { get; }

    public override string Unit => "GFLOP/s";

    public override double Amount => TransformerWork.TrainingFlops(_config, _batchSize, _source, _target) / 1e9;

    public override TimeSpan Duration => TimeSpan.FromMilliseconds(1); // one step

    public override int Repeats => 7;

    public override bool WatchesMemory => true;

    public override PeerTask Peer => new("train", new Dictionary<string, int>
    {
        ["width"] = _config.Width, ["heads"] = _config.Heads, ["hidden"] = _config.HiddenWidth, ["layers"] = _config.EncoderLayers,
        ["vocabulary"] = _config.VocabularySize, ["batch"] = _batchSize, ["source"] = _source, ["target"] = _target,
    });

    public override void Prepare()
    {
        var task = new TranslationTask(Transformer.Create(_config, new Rng(1)), labelSmoothing: 0.1);
        var options = new TrainerOptions { Schedule = new Constant(1e-4, 0) };
        _runner = new(task, options.Optimizer.Create(task.Parameters), options);
        _batch = RandomBatch();
    }

    public override void Run(CancellationToken cancellation) => _runner!.Run([_batch!], ++_step);

    public override Limit? LimitOf(Peaks peaks) => new(peaks.Gflops, "FMA peak");

    public override IEnumerable<Figure> Figures(Costs costs)
    {
        var rate = _batchSize * (_source + _target) / costs.Seconds.Median;
        yield return new("tokens_per_second", rate, $"{Amounts.Number(rate)} tokens/s");
        yield return new("allocated_bytes", costs.Allocated, $"{Amounts.Bytes(costs.Allocated)} allocated a step");
        yield return new("gen2_collections", costs.Collections, FormattableString.Invariant($"{costs.Collections} gen-2 collections in {costs.Runs} steps"));
        if (costs.Memory is { } memory) yield return new("peak_bytes", memory.Resident, $"peak {Amounts.Bytes(memory.Resident)}");
    }

    public override void Dispose() => (_runner, _batch) = (null, null);

    private TranslationBatch RandomBatch()
    {
        var rng = new Rng(2);
        var next = 0UL;
        // The marks that a batch adds are part of S and T.
        return TranslationBatch.Of(
            [.. Enumerable.Range(0, _batchSize).Select(_ => new TokenPair(Ids(_source - 1), Ids(_target - 1)))],
            new BatchMarks(_config.PaddingId, _config.BeginId, _config.EndId));

        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => 3 + rng.Below(_config.VocabularySize - 3, next++))];
    }
}
