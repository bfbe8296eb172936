using Pellucid.Models.Architectures;
using Pellucid.Training.Optimizers;
using Pellucid.Training.Schedules;

namespace Pellucid.Training.Configuration;

/// <summary>Everything that decides a training run of a translator. Each setting is declared once, in <see cref="TrainSchema"/>.</summary>
public sealed record TrainConfig
{
    public TransformerConfig Model { get; init; } = TransformerConfig.Small;
    public TokenizerSettings Tokenizer { get; init; } = new();
    public DataSettings Data { get; init; } = new();
    public BatchSettings Batches { get; init; } = new();
    public OptimizerSettings Optimizer { get; init; } = new();
    public ScheduleSettings Schedule { get; init; } = new();
    public TrainingSettings Training { get; init; } = new();
    public ValidationSettings Validation { get; init; } = new();

    /// <summary>The options of the trainer.</summary>
    /// <exception cref="ArgumentException">Two settings contradict each other.</exception>
    public TrainerOptions TrainerOptions() => new()
    {
        Optimizer = Optimizer.Options(),
        Schedule = Schedule.Rates(Model.Width, Training.MaxSteps),
        Seed = Training.Seed,
        MaxSteps = Training.MaxSteps,
        MaxEpochs = Training.MaxEpochs,
        Accumulate = Training.Accumulate,
        ClipNorm = Training.ClipNorm,
        AverageDecay = Training.AverageDecay,
        ValidateEvery = Validation.Every,
        SaveEvery = Training.SaveEvery,
        LogEvery = Training.LogEvery,
        KeepLast = Training.KeepLast,
        KeepBest = Training.KeepBest,
        BestMetric = Validation.Metric,
        Patience = Validation.Patience,
        AverageCheckpoints = Training.AverageCheckpoints,
        AverageBest = Training.AverageBest,
        MaxSkippedInARow = Training.MaxSkippedInARow,
    };
}

/// <summary>The tokenizer: an existing one, or a joint BPE that is learned from both sides of the training data.</summary>
public sealed record TokenizerSettings
{
    public string? Path { get; init; }
    public int VocabularySize { get; init; } = 8000;
    public double CharacterCoverage { get; init; } = 0.9999;
    public bool ByteFallback { get; init; } = true;
    public double BpeDropout { get; init; }
}

/// <summary>The parallel corpora and their cleaning.</summary>
public sealed record DataSettings
{
    public IReadOnlyList<string> Train { get; init; } = [];
    public IReadOnlyList<string> TrainSource { get; init; } = [];
    public IReadOnlyList<string> TrainTarget { get; init; } = [];
    public IReadOnlyList<string> Validation { get; init; } = [];
    public IReadOnlyList<string> ValidationSource { get; init; } = [];
    public IReadOnlyList<string> ValidationTarget { get; init; } = [];
    public bool Reverse { get; init; }
    public int? MaxLength { get; init; }
    public int? MaxCharacters { get; init; }
    public double? MaxLengthRatio { get; init; }
    public bool DropDuplicates { get; init; }
}

/// <summary>How sentences are put into batches.</summary>
public sealed record BatchSettings
{
    public int Tokens { get; init; } = 4096;
    public int Sentences { get; init; } = 1024;
}

public enum OptimizerKind
{
    Adam,
    Adamw,
}

/// <summary>The optimizer.</summary>
public sealed record OptimizerSettings
{
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;
    public double Beta1 { get; init; } = 0.9;
    public double Beta2 { get; init; } = 0.98;
    public double Epsilon { get; init; } = 1e-9;
    public double WeightDecay { get; init; }

    internal OptimizerOptions Options() => Kind == OptimizerKind.Adamw
        ? new AdamW { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay }
        : new Adam { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay };
}

public enum ScheduleKind
{
    InverseSqrt,
    Noam,
    Cosine,
    Constant,
}

/// <summary>The learning rate.</summary>
public sealed record ScheduleSettings
{
    public ScheduleKind Kind { get; init; } = ScheduleKind.InverseSqrt;

    /// <summary>The peak; of noam, the factor.</summary>
    public double LearningRate { get; init; } = 5e-4;

    public long WarmUp { get; init; } = 4000;
    public double Minimum { get; init; }

    internal LearningRateSchedule Rates(int width, long maxSteps) => Kind switch
    {
        ScheduleKind.Noam => new Noam(width, WarmUp, LearningRate),
        ScheduleKind.Cosine => new Cosine(LearningRate, WarmUp, maxSteps, Minimum),
        ScheduleKind.Constant => new Constant(LearningRate, WarmUp),
        _ => new InverseSquareRoot(LearningRate, WarmUp),
    };
}

/// <summary>Length, regularisation and bookkeeping of the run.</summary>
public sealed record TrainingSettings
{
    /// <summary>A model folder or run folder whose tokenizer, architecture and weights the run begins with: fine-tuning. Null begins with fresh weights.</summary>
    public string? InitFrom { get; init; }

    /// <summary>A file of word vectors that the embeddings of pieces that are words begin with; null begins with random ones.</summary>
    public string? InitEmbeddings { get; init; }

    public ulong Seed { get; init; } = 1;
    public long MaxSteps { get; init; } = 100_000;
    public int? MaxEpochs { get; init; }
    public int Accumulate { get; init; } = 1;
    public double ClipNorm { get; init; } = 1;
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>α of R-Drop (Liang et al. 2021): every batch is passed twice, and disagreement costs; 0 is off.</summary>
    public double RDrop { get; init; }

    public double AverageDecay { get; init; }
    public int AverageCheckpoints { get; init; }
    public bool AverageBest { get; init; }
    public long SaveEvery { get; init; }
    public long LogEvery { get; init; } = 50;
    public int KeepLast { get; init; } = 3;
    public int KeepBest { get; init; } = 1;
    public int MaxSkippedInARow { get; init; } = 20;
}

/// <summary>What is measured while training.</summary>
public sealed record ValidationSettings
{
    public long Every { get; init; } = 1000;
    public string Metric { get; init; } = "loss";
    public int? Patience { get; init; }
    public bool Bleu { get; init; }
    public int? BleuSentences { get; init; }
    public int BeamSize { get; init; } = 1;
}
