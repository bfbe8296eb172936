using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Training;
using Pellucid.Training.Batches;

namespace Pellucid.Tests.Training;

/// <summary>After the first steps a training loop asks nobody for memory: neither the collector nor the system. Alone, since it counts what the whole process allocates.</summary>
[Collection("alone")]
public sealed class SteadyStateTests
{
    // Batches of many shapes, four layers, everything on that a step can do.
    private static readonly TransformerConfig Config = ReverseDigits.Config with { EncoderLayers = 2, DecoderLayers = 2, Width = 32, HiddenWidth = 64, ActivationDropout = 0.1f };
    private static readonly TrainerOptions Options = ReverseDigits.Options with { MaxSteps = 300, ValidateEvery = 0, AverageDecay = 0.99, LogEvery = 50 };

    [Fact]
    public void AStepAllocatesLessThanHalfOfTheLimitOf64Kilobytes()
    {
        const int warm = 100;
        long start = 0, end = 0;
        int collections = 0;
        var progress = new ReverseDigits.OnProgress(report =>
        {
            if (report is not StepProgress step)
                return;
            if (step.Step == warm)
                (start, collections) = (GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(2));
            if (step.Step == Options.MaxSteps)
                (end, collections) = (GC.GetTotalAllocatedBytes(precise: true), GC.CollectionCount(2) - collections);
        });
        var model = ReverseDigits.Model(Config);
        new Trainer<TranslationBatch>(ReverseDigits.Task(model), Varied(), Options).Run(progress);
        Assert.InRange((end - start) / (Options.MaxSteps - warm), 1, 32 * 1024);
        Assert.Equal(0, collections);
    }

    [Fact]
    public void WorkingMemoryDoesNotGrowAfterTheRehearsal()
    {
        var model = ReverseDigits.Model(Config);
        var trainer = new Trainer<TranslationBatch>(ReverseDigits.Task(model), Varied(), Options with { MaxSteps = 60 });
        trainer.Rehearse();
        long held = WorkingMemory.Held, peak = WorkingMemory.Peak;
        WorkingMemory.ResetPeak();
        trainer.Run();
        Assert.Equal(held, WorkingMemory.Held);
        Assert.InRange(WorkingMemory.Peak, peak / 2, peak * 11 / 10);
        Assert.Equal(60, trainer.State.Step);
    }

    [Fact]
    public void ARehearsalChangesNoBitOfTheTraining()
    {
        var (rehearsed, straight) = (ReverseDigits.Model(), ReverseDigits.Model());
        var trainer = ReverseDigits.Trainer(rehearsed);
        MemoryProgress? memory = null;
        trainer.Rehearse(new ReverseDigits.OnProgress(report => memory = report as MemoryProgress));
        trainer.Run();
        ReverseDigits.Trainer(straight).Run();
        Assert.Equal(ReverseDigits.Weights(straight), ReverseDigits.Weights(rehearsed));
        Assert.Equal((4 * straight.ParameterCount(), 8 * straight.ParameterCount(), 0), (memory!.Gradients, memory.Optimizer, memory.Average));
        Assert.True(memory.Working > 0 && memory.Expected > memory.Weights);
        memory = null;
        trainer.Rehearse(new ReverseDigits.OnProgress(report => memory = report as MemoryProgress));
        Assert.Null(memory); // no step is left
    }

    [Fact]
    public void ABatchThatATrainerHasUsedIsAnErrorToRead()
    {
        var listening = new Listening(ReverseDigits.Task(ReverseDigits.Model()));
        new Trainer<TranslationBatch>(listening, ReverseDigits.Batches(), ReverseDigits.Options with { MaxSteps = 2 }).Run();
        Assert.Throws<ObjectDisposedException>(() => listening.Heard[0].Source.Values.Length);
        Assert.NotEmpty(ReverseDigits.Batches().Epoch(0).Batch(0).Source.Values.ToArray());
    }

    private static TranslationBatches Varied() => new(
        [.. ReverseDigits.Pairs(2000).Select((pair, i) => i % 3 == 0 ? new TokenPair([.. pair.Source, .. pair.Source], [.. pair.Target, .. pair.Target]) : pair)],
        ReverseDigits.Marks, new BatchOptions { Tokens = 256, Seed = 5 });

    private sealed class Listening(ITask<TranslationBatch> task) : ITask<TranslationBatch>
    {
        internal List<TranslationBatch> Heard { get; } = [];

        public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => task.Parameters;

        public int Tokens(TranslationBatch batch) => task.Tokens(batch);

        public Tensor Loss(TranslationBatch batch, double normalizer, Rng dropout)
        {
            Heard.Add(batch);
            return task.Loss(batch, normalizer, dropout);
        }

        public Tensor NegativeLogLikelihood(TranslationBatch batch) => task.NegativeLogLikelihood(batch);
    }
}
