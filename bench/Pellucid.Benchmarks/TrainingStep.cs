using System.Diagnostics;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Benchmarks;

/// <summary>
/// One optimisation step, timed: random ids without padding, label smoothing 0.1, tied embeddings, dropout 0.1, clipping by global norm, Adam.
/// The shapes and the work are those that a PyTorch script of nn.Transformer is usually timed with: B sentences of S and T tokens.
/// </summary>
internal static class TrainingStep
{
    private static readonly Dictionary<string, (TransformerConfig Model, int B, int S, int T)> Shapes = new()
    {
        ["tiny"] = (TransformerConfig.Tiny with { VocabularySize = 8000 }, 128, 16, 16),
        ["small"] = (TransformerConfig.Small with { VocabularySize = 8000 }, 128, 16, 16),
        ["base"] = (TransformerConfig.Base with { VocabularySize = 16000 }, 64, 32, 32),
    };

    internal static IEnumerable<string> Names => Shapes.Keys;

    internal static Measurement Run(string shape, int steps)
    {
        var (config, B, S, T) = Shapes[shape];
        // nn.Transformer drops out attention probabilities and hidden activations too.
        config = config with { Dropout = 0.1f, AttentionDropout = 0.1f, ActivationDropout = 0.1f };
        var model = Transformer.Create(config, new Rng(1));
        var task = new TranslationTask(model, labelSmoothing: 0.1);
        var options = new TrainerOptions { Schedule = new Constant(1e-4, 0) };
        var runner = new StepRunner<TranslationBatch>(task, options.Optimizer.Create(task.Parameters), options);
        var batch = Batch(config, B, S, T);
        var times = new List<double>();
        for (int step = 0; step <= steps + 1; step++)
        {
            long start = Stopwatch.GetTimestamp();
            runner.Run([batch], step + 1);
            if (step > 1)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        return new Measurement(shape, Threading.Count, times[0], times[times.Count / 2], B * (S + T) / times[0] * 1e3);
    }

    private static TranslationBatch Batch(TransformerConfig config, int B, int S, int T)
    {
        var rng = new Rng(2);
        int next = 0;
        int Id() => 3 + rng.Below(config.VocabularySize - 3, (ulong)next++);
        // The marks that a batch adds are part of S and T.
        return TranslationBatch.Of([.. Enumerable.Range(0, B).Select(_ => new TokenPair(Ids(S - 1), Ids(T - 1)))], new BatchMarks(config.PaddingId, config.BeginId, config.EndId));

        int[] Ids(int length) => [.. Enumerable.Range(0, length).Select(_ => Id())];
    }
}

/// <summary>A step's time in milliseconds, the least and the median, and the tokens (source and target) per second of the least.</summary>
internal sealed record Measurement(string Shape, int Threads, double LeastMs, double MedianMs, double TokensPerSecond);
