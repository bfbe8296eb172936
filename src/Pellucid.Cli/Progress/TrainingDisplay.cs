using Pellucid.Training;

namespace Pellucid.Cli.Progress;

/// <summary>Shows how training goes, on stderr: one live line, plain lines, or JSON lines.</summary>
internal static class TrainingDisplay
{
    /// <param name="format">auto, live, plain or json.</param>
    /// <param name="train">The training, given where to report to.</param>
    public static TrainingResult Run(Terminal terminal, string format, Func<IProgress<TrainingProgress>, TrainingResult> train)
    {
        var result = format switch
        {
            "json" => train(new Reporter(progress => Tell(terminal, TrainingJson.Line(progress)))),
            "live" => LiveTraining.Run(terminal, train),
            "auto" when terminal.IsLive => LiveTraining.Run(terminal, train),
            _ => train(new Reporter(progress => Tell(terminal, TrainingText.Line(progress)))),
        };
        terminal.Error.WriteLine(format == "json" ? TrainingJson.Line(result) : TrainingText.Summary(result));
        return result;
    }

    private static void Tell(Terminal terminal, string? line)
    {
        if (line is not null) terminal.Error.WriteLine(line);
    }

    /// <summary>Calls at once and on the reporting thread, unlike <see cref="Progress{T}"/>: lines stay in order.</summary>
    internal sealed class Reporter(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
