using System.Text.Json;
using Pellucid.Models.Architectures;
using Pellucid.Tensors;
using Pellucid.Tests.Models.Checkpoints;
using Pellucid.Tests.Tensors.Kernels;
using Pellucid.Training;
using Pellucid.Training.Runs;

namespace Pellucid.Tests.Training;

/// <summary>Promise 1 of the design: bit for bit, whether straight or stopped and resumed, on any number of threads.</summary>
[Collection(nameof(ThreadCount))]
public sealed class ResumeTests : IDisposable
{
    private readonly int threads = Threading.Count;
    private readonly TemporaryFolder temporary = new();

    public void Dispose()
    {
        Threading.Count = threads;
        temporary.Dispose();
    }

    [Theory]
    [InlineData(17, 0, 1)]
    [InlineData(17, 0.9, 1)]
    [InlineData(17, 0, 3)]
    [InlineData(1, 0.9, 2)]
    [InlineData(30, 0, 1)] // a step with a validation
    public void FortyStepsStraightEqualAStopAndAResume(long stop, double averageDecay, int accumulate)
    {
        var options = ReverseDigits.Options with { AverageDecay = averageDecay, Accumulate = accumulate };
        var (straight, straightState) = Run("straight", RunMode.New, options);
        using var cancel = new CancellationTokenSource();
        var (_, stopped) = Run("stopped", RunMode.New, options, ReverseDigits.CancelAfter(stop, cancel), cancel.Token);
        Assert.Equal(stop, stopped.Step);
        Assert.True(stop == 1 || stopped.Cursor.Batch > 0, "the stop is to fall into the middle of an epoch");
        var (resumed, resumedState) = Run("stopped", RunMode.Resume, options);
        Assert.Equal(ReverseDigits.Weights(straight), ReverseDigits.Weights(resumed));
        Assert.Equal(File.ReadAllBytes(temporary.File("straight/model.safetensors")), File.ReadAllBytes(temporary.File("stopped/model.safetensors")));
        foreach (string file in Directory.GetFiles(temporary.File("straight/checkpoints/step-00000040"), "*.safetensors").Select(path => Path.GetFileName(path)))
            Assert.Equal(File.ReadAllBytes(temporary.File("straight/checkpoints/step-00000040/" + file)), File.ReadAllBytes(temporary.File("stopped/checkpoints/step-00000040/" + file)));
        Assert.Equal(Untimed(straightState), Untimed(resumedState));
        Assert.Equal(Metrics("straight"), Metrics("stopped"));
    }

    [Fact]
    public void ARunThatDiesBetweenCheckpointsRepeatsItselfFromTheLastOne()
    {
        var (straight, _) = Run("straight", RunMode.New, ReverseDigits.Options);
        var dying = new ReverseDigits.OnProgress(progress =>
        {
            if (progress is StepProgress { Step: 27 })
                throw new IOException("the power is gone");
        });
        Assert.Throws<IOException>(() => Run("dying", RunMode.New, ReverseDigits.Options, dying));
        File.AppendAllText(temporary.File("dying/metrics.jsonl"), "{\"type\":\"train\",\"st"); // a line half written
        var (resumed, _) = Run("dying", RunMode.Resume, ReverseDigits.Options);
        Assert.Equal(ReverseDigits.Weights(straight), ReverseDigits.Weights(resumed));
        Assert.Equal(Metrics("straight"), Metrics("dying"));
    }

    [Fact]
    public void CancellingInsideAValidationRepeatsItAfterResuming()
    {
        var (_, straight) = Run("straight", RunMode.New, ReverseDigits.Options);
        using var cancel = new CancellationTokenSource();
        // Step 20 is validated after its progress report: the token is cancelled when the validation begins.
        var (_, stopped) = Run("stopped", RunMode.New, ReverseDigits.Options, ReverseDigits.CancelAfter(20, cancel), cancel.Token);
        Assert.Equal((20, 10), (stopped.Step, stopped.ValidatedStep));
        var (_, resumed) = Run("stopped", RunMode.Resume, ReverseDigits.Options);
        Assert.Equal(Untimed(straight), Untimed(resumed));
        Assert.Equal(Metrics("straight"), Metrics("stopped"));
    }

    [Fact]
    public void TheResultOfACancelledRunSaysHowToGoOn()
    {
        using var cancel = new CancellationTokenSource();
        using var folder = RunFolder.Open(temporary.File("run"), RunMode.New);
        var result = ReverseDigits.Trainer(ReverseDigits.Model(), folder: folder).Run(ReverseDigits.CancelAfter(3, cancel), cancel.Token);
        Assert.Equal(TrainingOutcome.Cancelled, result.Outcome);
        Assert.Equal(folder.CheckpointPath(3), result.Checkpoint);
        Assert.Contains("after step 3", result.Advice, StringComparison.Ordinal);
        Assert.Contains("--resume", result.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameSeedGivesTheSameWeightsOnAnyNumberOfThreads()
    {
        // Wide enough that the kernels do split the work.
        var config = ReverseDigits.Config with { Width = 64, HiddenWidth = 256 };
        var options = ReverseDigits.Options with { MaxSteps = 6 };
        int[]? expected = null;
        foreach (int count in (int[])[1, 2, 3, 8])
        {
            Threading.Count = count;
            var model = ReverseDigits.Model(config);
            ReverseDigits.Trainer(model, options).Run();
            expected ??= ReverseDigits.Weights(model);
            Assert.Equal(expected, ReverseDigits.Weights(model));
        }
    }

    [Fact]
    public void AnotherSeedIsRefusedWhenResuming()
    {
        Run("run", RunMode.New, ReverseDigits.Options with { MaxSteps = 3 });
        var error = Assert.Throws<TrainingException>(() => Run("run", RunMode.Resume, ReverseDigits.Options with { Seed = 8 }));
        Assert.Contains("training.seed 7, not 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFinishedRunGoesOnWhenMoreStepsAreAskedFor()
    {
        var (straight, _) = Run("straight", RunMode.New, ReverseDigits.Options);
        Run("run", RunMode.New, ReverseDigits.Options with { MaxSteps = 13 });
        var (longer, state) = Run("run", RunMode.Resume, ReverseDigits.Options);
        Assert.Equal(40, state.Step);
        Assert.Equal(ReverseDigits.Weights(straight), ReverseDigits.Weights(longer));
    }

    private (Transformer Model, TrainingState State) Run(string name, RunMode mode, TrainerOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var folder = RunFolder.Open(temporary.File(name), mode);
        var model = ReverseDigits.Model();
        var trainer = ReverseDigits.Trainer(model, options, folder);
        trainer.Run(progress, cancellation);
        return (model, trainer.State);
    }

    private static string Untimed(TrainingState state) =>
        $"{state with { Seconds = 0, WindowSeconds = 0, Checkpoints = [] }} {string.Join(' ', state.Checkpoints.Where(entry => entry.Score is not null))}";

    /// <summary>What was logged, without what a clock measured.</summary>
    private string[] Metrics(string name) => [.. File.ReadLines(temporary.File(name + "/metrics.jsonl")).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        return string.Join(' ', json.RootElement.EnumerateObject().Where(member => member.Name is not ("seconds" or "tokens_per_second")).Select(member => member.ToString()));
    })];
}
