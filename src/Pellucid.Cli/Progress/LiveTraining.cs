using System.Globalization;
using Pellucid.Training;
using Spectre.Console;

namespace Pellucid.Cli.Progress;

/// <summary>One line at the bottom of the terminal that is always current; validations and notes scroll above it.</summary>
internal static class LiveTraining
{
    private const int BarWidth = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static TrainingResult Run(Terminal terminal, Func<IProgress<TrainingProgress>, TrainingResult> train)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(terminal.Error),
        });
        return console.Live(new Markup("")).Start(live =>
        {
            var shown = 0L;
            return train(new TrainingDisplay.Reporter(progress =>
            {
                if (progress is StepProgress step)
                {
                    var now = Environment.TickCount64;
                    if (now - shown < Pause.TotalMilliseconds && step.Step < step.MaxSteps) return;
                    shown = now;
                    live.UpdateTarget(new Markup(Line(step)) { Overflow = Overflow.Ellipsis });
                    return;
                }
                if (TrainingText.Line(progress) is { } text) console.WriteLine(text, progress is ValidationProgress { IsBest: true } ? new Style(Color.Green) : Style.Plain);
            }));
        });
    }

    private static string Line(StepProgress step)
    {
        var done = (int)(BarWidth * step.Step / Math.Max(1, step.MaxSteps));
        var bar = $"[green]{new string('━', done)}[/][grey]{new string('━', BarWidth - done)}[/]";
        return string.Create(CultureInfo.InvariantCulture,
            $"{bar} [bold]{step.Step}[/]/{step.MaxSteps}  epoch {step.Epoch}  loss [bold]{step.Loss:0.000}[/]  ppl {TrainingText.Perplexity(step.Perplexity)}  lr {TrainingText.Rate(step.LearningRate)}  |g| {step.GradientNorm:0.00}  [bold]{step.TokensPerSecond:0}[/] tok/s  left [bold]{TrainingText.Left(step.TimeLeft)}[/]{(step.Skipped > 0 ? $"  [red]skipped {step.Skipped}[/]" : "")}");
    }
}
