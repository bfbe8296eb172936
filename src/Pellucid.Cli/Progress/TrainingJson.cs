using System.Text.Json;
using Pellucid.Cli.Output;
using Pellucid.Training;

namespace Pellucid.Cli.Progress;

/// <summary>Progress for programs: one JSON object a line, its kind under "event".</summary>
internal static class TrainingJson
{
    /// <summary>Null for a step that metrics.jsonl has no line for.</summary>
    public static string? Line(TrainingProgress progress) => progress is StepProgress { IsLogged: false } ? null : JsonLine.Write(json => Write(json, progress));

    public static string Line(TrainingResult result) => JsonLine.Write(json =>
    {
        json.WriteString("event", "end");
        json.WriteString("outcome", result.Outcome.ToString().ToLowerInvariant());
        json.WriteNumber("step", result.Step);
        json.WriteNumber("epoch", result.Epoch);
        json.WriteNumber("skipped", result.Skipped);
        if (result.Best is { } best)
        {
            json.WriteStartObject("best");
            json.WriteNumber("step", best.Step);
            Number(json, best.Metric, best.Value);
            json.WriteEndObject();
        }
        json.WriteString("checkpoint", result.Checkpoint);
        json.WriteNumber("peak_memory", result.PeakMemory);
        json.WriteString("text", result.Advice);
    });

    private static void Write(Utf8JsonWriter json, TrainingProgress progress)
    {
        switch (progress)
        {
            case StepProgress step:
                json.WriteString("event", "step");
                json.WriteNumber("step", step.Step);
                json.WriteNumber("max_steps", step.MaxSteps);
                json.WriteNumber("epoch", step.Epoch);
                Number(json, "loss", step.Loss);
                Number(json, "perplexity", step.Perplexity);
                Number(json, "learning_rate", step.LearningRate);
                Number(json, "gradient_norm", step.GradientNorm);
                Number(json, "tokens_per_second", step.TokensPerSecond);
                if (step.TimeLeft is { } left) json.WriteNumber("seconds_left", Math.Round(left.TotalSeconds));
                json.WriteNumber("skipped", step.Skipped);
                break;
            case ValidationProgress validation:
                json.WriteString("event", "validation");
                json.WriteNumber("step", validation.Step);
                json.WriteNumber("epoch", validation.Epoch);
                foreach (var metric in validation.Metrics) Number(json, metric.Name, metric.Value);
                json.WriteBoolean("best", validation.IsBest);
                json.WriteNumber("without_improvement", validation.WithoutImprovement);
                break;
            case CheckpointProgress checkpoint:
                json.WriteString("event", "checkpoint");
                json.WriteNumber("step", checkpoint.Step);
                json.WriteString("folder", checkpoint.Folder);
                break;
            case MemoryProgress memory:
                json.WriteString("event", "memory");
                json.WriteNumber("expected_peak_memory", memory.Expected);
                json.WriteNumber("weights", memory.Weights);
                json.WriteNumber("gradients", memory.Gradients);
                json.WriteNumber("optimizer", memory.Optimizer);
                json.WriteNumber("average", memory.Average);
                json.WriteNumber("largest_batch", memory.Working);
                break;
            case NoteProgress note:
                json.WriteString("event", "note");
                json.WriteString("text", note.Text);
                break;
        }
    }

    // JSON has no NaN and no infinity; they are written as null.
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
