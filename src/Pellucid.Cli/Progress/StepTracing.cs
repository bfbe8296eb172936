using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;
using Pellucid.Models.Checkpoints;
using Pellucid.Tensors.Recording;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Configuration;
using Pellucid.Training.Translation;

namespace Pellucid.Cli.Progress;

/// <summary>Traces one step of a training run and writes it to a file.</summary>
/// <param name="path">The file.</param>
/// <param name="pattern">Which tensors keep their values.</param>
/// <param name="asked">The step; null for the first that the run makes.</param>
internal sealed class StepTracing(string path, TracePattern pattern, long? asked) : ITranslationWatch, IStepObserver<TranslationBatch>
{
    private TranslationRun? run;
    private StepRecording? recording;
    private long? chosen;
    private bool isWritten;
    private CheckpointException? failure;

    /// <summary>Where to say how large the trace will be.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>What a trace cannot show is refused before anything is read or written.</summary>
    /// <exception cref="TrainingException">The settings ask for it.</exception>
    public static void Check(TrainConfig config)
    {
        if (config.Training.RDrop > 0)
            throw new TrainingException("a trace shows one pass of a batch, and training.r_drop passes every batch twice; leave out --trace-file, or set training.r_drop to 0.");
        if (config.Training.Accumulate > 1)
            throw new TrainingException(FormattableString.Invariant(
                $"a trace shows one pass of one batch, and training.accumulate makes a step of {config.Training.Accumulate}; leave out --trace-file, or set training.accumulate to 1."));
    }

    public IStepObserver<TranslationBatch> Begin(TranslationRun run)
    {
        Check(run.Config);
        // Said now and not after a night of training. The run's own folder is there by now.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new UsageException($"--trace-file: the folder {folder} does not exist; create it first");
        try
        {
            StepPlan.Of(run.Model, (1, 1, 1), pattern);
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--trace: {error.Message}");
        }
        this.run = run;
        return this;
    }

    public bool Wants(long step)
    {
        if (chosen is null && asked < step)
            throw new TrainingException(FormattableString.Invariant($"--trace-step {asked}: that step is made already; this run goes on with step {step}."));
        return step == (chosen ??= asked ?? step);
    }

    public IRecorderObserver Begin(long step, TranslationBatch batch)
    {
        var copied = new StepBatch(batch.Source, batch.SourceLengths, batch.TargetInput, batch.TargetOutput, batch.Sentences);
        var plan = StepPlan.Of(run!.Model, copied.Lengths, pattern);
        var (sentences, source, target) = copied.Lengths;
        Progress?.Report(new NoteProgress(FormattableString.Invariant(
            $"trace of step {step}: {sentences} {(sentences == 1 ? "sentence" : "sentences")}, up to {source} source and {target} target tokens; {plan.Tensors.Count} tensors, {plan.Captured} captured, {plan.CapturedBytes:N0} bytes, to {path}")));
        recording = new StepRecording(run.Model, copied, pattern);
        return recording.Observer;
    }

    public void Updating(StepUpdate update) => recording!.Updating(update.Parameters, update.Moments, update.Update, update.Scale);

    public void Finished(long step, bool moved)
    {
        if (!moved)
            Progress?.Report(new NoteProgress(FormattableString.Invariant($"trace of step {step}: its loss or gradient is not finite, so the weights stayed; the trace ends with the gradients")));
        try
        {
            TraceFile.Write(recording!.Finish(run!.Tokenizer), path);
            isWritten = true;
        }
        catch (CheckpointException error)
        {
            failure = error; // the run itself goes on, and is saved
        }
        recording = null;
    }

    /// <summary>Why there is no trace after the run: the file could not be written, or the step was never made. Null when there is one.</summary>
    public string? Complaint(TrainingResult result) =>
        failure is not null ? $"the training went on, but its trace could not be written: {Failures.Line(failure)}"
        : isWritten ? null
        : FormattableString.Invariant($"no step was traced: {(asked is { } step ? FormattableString.Invariant($"step {step} was not reached, and") : "")} training ended after step {result.Step}");
}
