using Pellucid.Models.Architectures;
using Pellucid.Models.Checkpoints;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Evaluation;
using Pellucid.Training.Optimizers;
using Pellucid.Training.Runs;
using Pellucid.Training.Schedules;

namespace Pellucid.Tests.Training;

public class TrainerTests
{
    [Fact]
    public void AModelLearnsToReverseDigits()
    {
        var model = Plain();
        var options = ReverseDigits.Options with { MaxSteps = 400, Schedule = new InverseSquareRoot(1e-2, 50), ValidateEvery = 0 };
        var task = ReverseDigits.Task(model);
        var result = new Trainer<TranslationBatch>(task, ReverseDigits.Batches(400, new BatchOptions { Tokens = 256 }), options, null, ReverseDigits.Validation(task)).Run();
        // Guessing among ten digits and the end costs ln 11 = 2.4 nats a token.
        Assert.True(result.Best!.Value < 1, $"loss {result.Best.Value}");
    }

    [Fact]
    public void AccumulatedBatchesEqualOneLargeBatch()
    {
        var pairs = ReverseDigits.Pairs(24);
        var (one, two) = (Plain(), Plain());
        // A large ε: where the true gradient is zero (a key's bias), Adam would divide rounding noise by itself.
        var options = ReverseDigits.Options with { MaxSteps = 3, ClipNorm = 0.5, Optimizer = new Adam { Epsilon = 1e-3 } };
        new Trainer<TranslationBatch>(ReverseDigits.Task(one), new Fixed([pairs]), options).Run();
        new Trainer<TranslationBatch>(ReverseDigits.Task(two), new Fixed([pairs[..7], pairs[7..12], pairs[12..]]), options with { Accumulate = 3 }).Run();
        foreach (var ((name, expected), (_, actual)) in one.Parameters().Zip(two.Parameters()))
            for (int i = 0; i < expected.Count; i++)
                Assert.True(Math.Abs(expected.Values[i] - actual.Values[i]) < 2e-5, $"{name}[{i}]: {expected.Values[i]} and {actual.Values[i]}");
    }

    [Fact]
    public void EveryMicroBatchOfEveryStepDrawsItsOwnDropout()
    {
        var listening = new Listening(ReverseDigits.Task(ReverseDigits.Model()));
        new Trainer<TranslationBatch>(listening, new Fixed([ReverseDigits.Pairs(4)]), ReverseDigits.Options with { MaxSteps = 3, Accumulate = 2 }).Run();
        Assert.Equal(6, listening.Heard.Count);
        Assert.Equal(6, listening.Heard.Distinct().Count());
    }

    [Fact]
    public void AStepWhoseGradientIsNotFiniteIsSkippedAndCounted()
    {
        var model = ReverseDigits.Model();
        var poisoned = new Poisoned(ReverseDigits.Task(model), loss => loss is 2 or 5);
        var steps = new List<StepProgress>();
        int[]? before = null, after = null;
        var progress = new ReverseDigits.OnProgress(report =>
        {
            if (report is not StepProgress step)
                return;
            steps.Add(step);
            if (step.Step == 1)
                before = ReverseDigits.Weights(model);
            if (step.Step == 2)
                after = ReverseDigits.Weights(model);
        });
        var trainer = new Trainer<TranslationBatch>(poisoned, ReverseDigits.Batches(), ReverseDigits.Options with { MaxSteps = 8 });
        var result = trainer.Run(progress);
        Assert.Equal(2, result.Skipped);
        Assert.Equal(8, result.Step);
        Assert.Equal(6, trainer.State.OptimizerSteps);
        Assert.Equal(before, after);
        Assert.Equal([0, 1, 1, 1, 2, 2, 2, 2], steps.Select(step => step.Skipped));
        Assert.All(model.Parameters(), entry => Assert.All(entry.Parameter.ToArray(), value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public void TrainingGivesUpWhenNoGradientIsFiniteAnyMore()
    {
        using var temporary = new TemporaryFolder();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        var model = ReverseDigits.Model();
        var trainer = new Trainer<TranslationBatch>(new Poisoned(ReverseDigits.Task(model), loss => loss > 3), ReverseDigits.Batches(), ReverseDigits.Options with { MaxSkippedInARow = 4 }, folder);
        var error = Assert.Throws<TrainingException>(() => trainer.Run());
        Assert.Contains("4 steps in a row, up to step 7", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("step-00000007", folder.LastCheckpoint, StringComparison.Ordinal);
    }

    [Fact]
    public void PatienceStopsAndTheBestModelStays()
    {
        using var temporary = new TemporaryFolder();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        var model = ReverseDigits.Model();
        // Higher is better here: the best is the second, then two without improvement.
        var scores = new Scripted([0.5, 0.7, 0.7, 0.1, 0.9]);
        var options = ReverseDigits.Options with { MaxSteps = 100, ValidateEvery = 3, BestMetric = "score", Patience = 2, KeepLast = 1, KeepBest = 1 };
        int[]? best = null;
        var progress = new ReverseDigits.OnProgress(report =>
        {
            if (report is ValidationProgress { Step: 6, IsBest: true })
                best = ReverseDigits.Weights(model);
        });
        var result = new Trainer<TranslationBatch>(ReverseDigits.Task(model), ReverseDigits.Batches(), options, folder, scores).Run(progress);
        Assert.Equal(TrainingOutcome.OutOfPatience, result.Outcome);
        Assert.Equal(12, result.Step);
        Assert.Equal(new BestScore(6, "score", 0.7, true), result.Best);
        Assert.Equal("stopped after step 12: 2 validations without a better score; the best was 0.7 at step 6; to go on, raise validation.patience and --resume", result.Advice);
        Assert.EndsWith("step-00000006", folder.BestCheckpoint, StringComparison.Ordinal);
        Assert.EndsWith("step-00000012", folder.LastCheckpoint, StringComparison.Ordinal);
        Assert.Equal(["step-00000006", "step-00000012"], Directory.GetDirectories(Path.Combine(folder.Path, "checkpoints")).Select(Path.GetFileName).Order());
        Weights.Load(folder.ModelPath, model.Parameters());
        Assert.Equal(best, ReverseDigits.Weights(model));
    }

    [Fact]
    public void AnUnknownMetricIsRefusedBeforeTheFirstStepWithTheKnownOnes()
    {
        var error = Assert.Throws<TrainingException>(() => ReverseDigits.Trainer(ReverseDigits.Model(), ReverseDigits.Options with { BestMetric = "bleu" }));
        Assert.Contains("only loss, perplexity", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EpochsEndTrainingWhenTheyComeFirst()
    {
        var result = ReverseDigits.Trainer(ReverseDigits.Model(), ReverseDigits.Options with { MaxEpochs = 2, MaxSteps = 1000 }).Run();
        Assert.Equal(2 * ReverseDigits.Batches().Epoch(0).Count, result.Step);
        Assert.Equal(2, result.Epoch);
    }

    [Fact]
    public void BatchesOfOnesOwnServeInEveryEpochThoseOfACorpusOnce()
    {
        var own = new Kept([.. ReverseDigits.Pairs(8, seed: 3).Chunk(4).Select(pairs => TranslationBatch.Of(pairs, ReverseDigits.Marks))]);
        var trainer = new Trainer<TranslationBatch>(ReverseDigits.Task(ReverseDigits.Model()), own, ReverseDigits.Options with { MaxSteps = 6 });
        trainer.Rehearse();
        Assert.Equal(6, trainer.Run().Step);

        var once = new Kept([ReverseDigits.Batches().Epoch(0).Batch(0)]);
        new Trainer<TranslationBatch>(ReverseDigits.Task(ReverseDigits.Model()), once, ReverseDigits.Options with { MaxSteps = 6 }).Rehearse();
        Assert.Throws<ObjectDisposedException>(() => once.Batch(0).Source.Values.ToArray());
    }

    [Fact]
    public void PerplexityIsTheExponentialOfTheMeanLossOverAllTokens()
    {
        var model = ReverseDigits.Model();
        var task = ReverseDigits.Task(model);
        var source = new TranslationBatches(ReverseDigits.Pairs(20, seed: 2), ReverseDigits.Marks, ReverseDigits.Batching);
        var metrics = new LossValidation<TranslationBatch>(task, source).Run(default);
        var whole = TranslationBatch.Of(ReverseDigits.Pairs(20, seed: 2), ReverseDigits.Marks);
        double expected = model.Loss(whole.Source, whole.SourceLengths, whole.TargetInput, whole.TargetOutput).Item();
        Assert.Equal(expected, metrics[0].Value, 1e-5);
        Assert.Equal(Math.Exp(metrics[0].Value), metrics[1].Value);
    }

    [Fact]
    public void ACancelledMeasurementOfTheMeanIsMadeAgainAfterResuming()
    {
        using var temporary = new TemporaryFolder();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        using var cancelling = new CancellationTokenSource();
        var options = ReverseDigits.Options with { MaxSteps = 6, ValidateEvery = 3, BestMetric = "score", AverageCheckpoints = 2 };
        // The third measurement is that of the mean.
        var interrupted = new Scripted([0.5, 0.6, 0.9]) { Before = call => { if (call == 2) cancelling.Cancel(); } };
        var result = new Trainer<TranslationBatch>(ReverseDigits.Task(ReverseDigits.Model()), ReverseDigits.Batches(), options, folder, interrupted).Run(null, cancelling.Token);
        Assert.Equal(TrainingOutcome.Cancelled, result.Outcome);

        var notes = new List<string>();
        var progress = new ReverseDigits.OnProgress(report =>
        {
            if (report is NoteProgress note)
                notes.Add(note.Text);
        });
        result = new Trainer<TranslationBatch>(ReverseDigits.Task(ReverseDigits.Model()), ReverseDigits.Batches(), options, folder, new Scripted([0.9])).Run(progress);
        Assert.Equal(TrainingOutcome.Completed, result.Outcome);
        Assert.Contains(notes, note => note.Contains("is this mean", StringComparison.Ordinal));
    }

    [Fact]
    public void TheMovingAverageIsValidatedAndKept()
    {
        using var temporary = new TemporaryFolder();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        var model = ReverseDigits.Model();
        var result = ReverseDigits.Trainer(model, ReverseDigits.Options with { AverageDecay = 0.9 }, folder).Run();
        int[] live = ReverseDigits.Weights(model);
        var kept = ReverseDigits.Model();
        Weights.Load(folder.ModelPath, kept.Parameters());
        Assert.NotEqual(live, ReverseDigits.Weights(kept));
        double loss = ReverseDigits.Validation(ReverseDigits.Task(kept)).Run(default)[0].Value;
        Assert.Equal(result.Best!.Value, loss);
    }

    [Fact]
    public void TheMeanOfTheLastCheckpointsBecomesTheModelWhenItIsBetter()
    {
        using var temporary = new TemporaryFolder();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        var model = ReverseDigits.Model();
        // The last measurement is that of the mean.
        var options = ReverseDigits.Options with { BestMetric = "score", AverageCheckpoints = 3 };
        new Trainer<TranslationBatch>(ReverseDigits.Task(model), ReverseDigits.Batches(), options, folder, new Scripted([0.1, 0.2, 0.3, 0.4, 0.5])).Run();
        string mean = temporary.File("mean.safetensors");
        CheckpointAveraging.Average([folder.CheckpointPath(20), folder.CheckpointPath(30), folder.CheckpointPath(40)], mean);
        Assert.Equal(File.ReadAllBytes(mean), File.ReadAllBytes(folder.ModelPath));
    }

    /// <summary>Dropout would differ between the halves of a batch and the whole.</summary>
    private static Transformer Plain() => ReverseDigits.Model(ReverseDigits.Config with { Dropout = 0, AttentionDropout = 0 });

    /// <summary>The same batches in every epoch.</summary>
    private sealed class Fixed(TokenPair[][] batches) : IBatchSource<TranslationBatch>, IEpoch<TranslationBatch>
    {
        public int Count => batches.Length;

        public IEpoch<TranslationBatch> Epoch(int epoch, CancellationToken cancellation = default) => this;

        public TranslationBatch Batch(int index) => TranslationBatch.Of(batches[index], ReverseDigits.Marks);
    }

    /// <summary>The very same batches in every epoch.</summary>
    private sealed class Kept(TranslationBatch[] batches) : IBatchSource<TranslationBatch>, IEpoch<TranslationBatch>
    {
        public int Count => batches.Length;

        public IEpoch<TranslationBatch> Epoch(int epoch, CancellationToken cancellation = default) => this;

        public TranslationBatch Batch(int index) => batches[index];
    }

    /// <summary>Makes the losses of some calls, counted from 1, not a number.</summary>
    private sealed class Poisoned(ITask<TranslationBatch> task, Func<int, bool> poisoned) : ITask<TranslationBatch>
    {
        private int calls;

        public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => task.Parameters;

        public int Tokens(TranslationBatch batch) => task.Tokens(batch);

        public Tensor Loss(TranslationBatch batch, double normalizer, Rng dropout)
        {
            var loss = task.Loss(batch, normalizer, dropout);
            return poisoned(++calls) ? loss.Scale(float.NaN) : loss;
        }

        public Tensor NegativeLogLikelihood(TranslationBatch batch) => task.NegativeLogLikelihood(batch);
    }

    /// <summary>Remembers the generators that it was given.</summary>
    private sealed class Listening(ITask<TranslationBatch> task) : ITask<TranslationBatch>
    {
        internal List<Rng> Heard { get; } = [];

        public IReadOnlyList<(string Name, Parameter Parameter)> Parameters => task.Parameters;

        public int Tokens(TranslationBatch batch) => task.Tokens(batch);

        public Tensor Loss(TranslationBatch batch, double normalizer, Rng dropout)
        {
            Heard.Add(dropout);
            return task.Loss(batch, normalizer, dropout);
        }

        public Tensor NegativeLogLikelihood(TranslationBatch batch) => task.NegativeLogLikelihood(batch);
    }

    /// <summary>Measures what it was told to, higher is better.</summary>
    private sealed class Scripted(double[] scores) : IValidation
    {
        private int next;

        internal Action<int> Before { get; init; } = _ => { };

        public IReadOnlyList<string> Metrics => ["score"];

        public IReadOnlyList<MetricValue> Run(CancellationToken cancellation)
        {
            Before(next);
            cancellation.ThrowIfCancellationRequested();
            return [new("score", scores[next++], true)];
        }
    }
}
