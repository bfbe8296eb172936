using Pellucid.Training.Optimizers;
using Pellucid.Training.Schedules;

namespace Pellucid.Training;

/// <summary>How long and by which rules a <see cref="Trainer{TBatch}"/> trains.</summary>
public sealed record TrainerOptions
{
    public OptimizerOptions Optimizer { get; init; } = new Adam();
    public LearningRateSchedule Schedule { get; init; } = new InverseSquareRoot(5e-4, 4000);

    /// <summary>Decides dropout: the mask of a step is a function of the seed and the step's number.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps after which training is complete.</summary>
    public long MaxSteps { get; init; } = 100_000;

    /// <summary>Epochs after which training is complete, whichever comes first; null: only steps count.</summary>
    public int? MaxEpochs { get; init; }

    /// <summary>Batches whose gradients are summed for one step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Gradients are scaled down to this global norm (Pascanu et al. 2013, algorithm 1); 0 leaves them as they are.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of an exponential moving average of the weights, which is then what is validated and kept as the best model; 0 for none.</summary>
    public double AverageDecay { get; init; }

    /// <summary>Steps between two validations; 0 validates only at the end.</summary>
    public long ValidateEvery { get; init; } = 1000;

    /// <summary>Steps between two checkpoints; 0 saves with every validation.</summary>
    public long SaveEvery { get; init; }

    /// <summary>Steps between two lines of metrics.jsonl.</summary>
    public long LogEvery { get; init; } = 50;

    /// <summary>The most recent checkpoints that stay on the disk.</summary>
    public int KeepLast { get; init; } = 3;

    /// <summary>The best checkpoints that stay on the disk, by <see cref="BestMetric"/>.</summary>
    public int KeepBest { get; init; } = 1;

    /// <summary>The metric by which the best model is chosen: a name that a validation reports.</summary>
    public string BestMetric { get; init; } = "loss";

    /// <summary>Validations in a row without a better <see cref="BestMetric"/> after which training stops; null never stops early.</summary>
    public int? Patience { get; init; }

    /// <summary>At the end the mean of this many checkpoints is validated, and kept as the model when it is better; 0 for none.</summary>
    public int AverageCheckpoints { get; init; }

    /// <summary>Which checkpoints are averaged: the best ones, or the last ones.</summary>
    public bool AverageBest { get; init; }

    /// <summary>Steps in a row whose gradient is not finite after which training gives up.</summary>
    public int MaxSkippedInARow { get; init; } = 20;

    /// <exception cref="ArgumentOutOfRangeException">A number cannot be used.</exception>
    internal TrainerOptions Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxEpochs ?? 1, 1, nameof(MaxEpochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(Accumulate, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ClipNorm);
        ArgumentOutOfRangeException.ThrowIfNegative(ValidateEvery);
        ArgumentOutOfRangeException.ThrowIfNegative(SaveEvery);
        ArgumentOutOfRangeException.ThrowIfLessThan(LogEvery, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepLast, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepBest, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Patience ?? 1, 1, nameof(Patience));
        ArgumentOutOfRangeException.ThrowIfNegative(AverageCheckpoints);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSkippedInARow, 1);
        if (!(AverageDecay >= 0 && AverageDecay < 1))
            throw new ArgumentOutOfRangeException(nameof(AverageDecay), AverageDecay, "AverageDecay must be at least 0 and below 1.");
        return this;
    }
}
