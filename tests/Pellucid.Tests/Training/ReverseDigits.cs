using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Evaluation;
using Pellucid.Training.Optimizers;
using Pellucid.Training.Runs;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Tests.Training;

/// <summary>The smallest translation there is: digits to the same digits backwards. A step takes about a millisecond.</summary>
internal static class ReverseDigits
{
    internal const int Vocabulary = 14;
    internal static readonly BatchMarks Marks = new(0, 1, 2);

    /// <summary>Dropout is on, so that a wrong key anywhere shows in the weights.</summary>
    internal static readonly TransformerConfig Config = TransformerConfig.Tutorial with { VocabularySize = Vocabulary, Width = 16, HiddenWidth = 24, Dropout = 0.1f, AttentionDropout = 0.1f };

    /// <summary>Ten batches an epoch and a bit: 40 steps pass several epochs and stop in the middle of one.</summary>
    internal static readonly BatchOptions Batching = new() { Tokens = 64, Seed = 5 };

    internal static readonly TrainerOptions Options = new()
    {
        Optimizer = new Adam(),
        Schedule = new InverseSquareRoot(3e-3, 10),
        Seed = 7,
        MaxSteps = 40,
        ValidateEvery = 10,
        LogEvery = 5,
    };

    internal static TokenPair[] Pairs(int count = 90, ulong seed = 1)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var own = rng.Split((ulong)i);
            int[] digits = [.. Enumerable.Range(0, 2 + own.Below(5, 0)).Select(at => 4 + own.Below(10, (ulong)at + 1))];
            return new TokenPair(digits, [.. digits.Reverse()]);
        })];
    }

    internal static TranslationBatches Batches(int count = 90, BatchOptions? options = null) => new(Pairs(count), Marks, options ?? Batching);

    internal static Transformer Model(TransformerConfig? config = null) => Transformer.Create(config ?? Config, new Rng(3));

    internal static TranslationTask Task(Transformer model) => new(model, 0.1);

    internal static IValidation Validation(ITask<TranslationBatch> task) =>
        new LossValidation<TranslationBatch>(task, new TranslationBatches(Pairs(20, seed: 2), Marks, Batching));

    /// <summary>A trainer of a fresh model, in a folder or in none.</summary>
    internal static Trainer<TranslationBatch> Trainer(Transformer model, TrainerOptions? options = null, RunFolder? folder = null) =>
        new(Task(model), Batches(), options ?? Options, folder, Validation(Task(model)));

    /// <summary>All weights as bits: equal or not, nothing between.</summary>
    internal static int[] Weights(Transformer model) => [.. model.Parameters().SelectMany(entry => Some.Bits(entry.Parameter))];

    /// <summary>Runs what is given to it on progress at once, on the trainer's thread.</summary>
    internal sealed class OnProgress(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    /// <summary>Cancels after a step.</summary>
    internal static OnProgress CancelAfter(long step, CancellationTokenSource source) => new(progress =>
    {
        if (progress is StepProgress at && at.Step == step)
            source.Cancel();
    });
}
