namespace Pellucid.Training;

/// <summary>Why training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All steps or epochs are done.</summary>
    Completed,

    /// <summary>The metric did not improve for as many validations as patience allows.</summary>
    OutOfPatience,

    /// <summary>Somebody asked it to stop; everything is saved.</summary>
    Cancelled,
}

/// <summary>How training ended.</summary>
/// <param name="Step">Steps done, earlier runs included.</param>
/// <param name="Epoch">Epochs begun.</param>
/// <param name="Skipped">Steps skipped because their gradient was not finite.</param>
/// <param name="Best">The best validation, or null when there was none.</param>
/// <param name="Checkpoint">The folder of the last checkpoint, or null when nothing is saved.</param>
/// <param name="PeakMemory">The most memory the process has used, in bytes.</param>
/// <param name="Advice">One line that says how to go on.</param>
public sealed record TrainingResult(TrainingOutcome Outcome, long Step, int Epoch, long Skipped, BestScore? Best, string? Checkpoint, long PeakMemory, string Advice);

/// <summary>The best validation so far: at which step, by which metric, with which value.</summary>
public sealed record BestScore(long Step, string Metric, double Value, bool HigherIsBetter)
{
    internal bool IsBeatenBy(double value) => HigherIsBetter ? value > Value : value < Value;
}
