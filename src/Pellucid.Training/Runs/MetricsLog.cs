using System.Text;
using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Training.Evaluation;

namespace Pellucid.Training.Runs;

/// <summary>metrics.jsonl: one JSON object a line, appended and flushed at once, so that a run can be watched and loses nothing when it dies.</summary>
internal sealed class MetricsLog(string path)
{
    internal void Append(Action<Utf8JsonWriter> members)
    {
        string line = StrictJson.Text(json =>
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }, indented: false);
        try
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            stream.Write(Encoding.UTF8.GetBytes(line));
            stream.Flush(flushToDisk: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, "cannot be written (" + error.Message.TrimEnd('.') + ")", "Check free space and permissions, then resume.", error);
        }
    }

    internal void Step(TrainingState state, double loss, double rate, double norm, double tokensPerSecond) => Append(json =>
    {
        json.WriteString("type", "train");
        json.WriteNumber("step", state.Step);
        json.WriteNumber("epoch", state.Cursor.Epoch + 1);
        Number(json, "loss", loss);
        Number(json, "perplexity", Math.Exp(loss));
        json.WriteNumber("learning_rate", rate);
        Number(json, "gradient_norm", norm);
        json.WriteNumber("tokens_per_second", Math.Round(tokensPerSecond, 1));
        json.WriteNumber("target_tokens", state.TargetTokens);
        json.WriteNumber("skipped", state.Skipped);
        json.WriteNumber("seconds", Math.Round(state.Seconds, 3));
    });

    internal void Validation(TrainingState state, IReadOnlyList<MetricValue> metrics, string type = "validation") => Append(json =>
    {
        json.WriteString("type", type);
        json.WriteNumber("step", state.Step);
        json.WriteNumber("epoch", state.Cursor.Epoch + 1);
        foreach (var metric in metrics)
            Number(json, metric.Name, metric.Value);
        json.WriteNumber("seconds", Math.Round(state.Seconds, 3));
    });

    /// <summary>Removes what came after a step: the run will write it again.</summary>
    internal void CutAfter(long step)
    {
        if (!File.Exists(path))
            return;
        var kept = new StringBuilder();
        foreach (string line in File.ReadLines(path))
            if (StepOf(line) is { } at && at <= step)
                kept.Append(line).Append('\n');
        AtomicFile.WriteText(path, kept.ToString());
    }

    /// <summary>Null for a line that a dying process has left half written.</summary>
    private static long? StepOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("step", out var step) ? step.GetInt64() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>JSON knows no infinity and no NaN: they are null.</summary>
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
