using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Training.Batches;

namespace Pellucid.Training.Runs;

/// <summary>A checkpoint on the disk and what its validation measured, if it had one.</summary>
public sealed record ScoredCheckpoint(long Step, double? Score);

/// <summary>Everything beside the tensors that a resumed run needs to be the uninterrupted one, bit for bit: <c>state.json</c> of a checkpoint.</summary>
public sealed record TrainingState
{
    public long Step { get; init; }

    /// <summary>The batch that comes next.</summary>
    public BatchCursor Cursor { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Adam's t: steps less those that were skipped.</summary>
    public long OptimizerSteps { get; init; }

    public long Skipped { get; init; }
    public int SkippedInARow { get; init; }

    /// <summary>Target tokens seen.</summary>
    public long TargetTokens { get; init; }

    /// <summary>Time spent in steps, in seconds, earlier runs included.</summary>
    public double Seconds { get; init; }

    /// <summary>The last validated step.</summary>
    public long ValidatedStep { get; init; }

    /// <summary>Validations since the best one.</summary>
    public int WithoutImprovement { get; init; }

    public BestScore? Best { get; init; }

    /// <summary>Loss times tokens, and tokens, since the last line of metrics.jsonl.</summary>
    public double WindowLoss { get; init; }

    public long WindowTokens { get; init; }
    public double WindowSeconds { get; init; }

    /// <summary>The checkpoints that are kept, oldest first.</summary>
    public IReadOnlyList<ScoredCheckpoint> Checkpoints { get; init; } = [];

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("step", Step);
        json.WriteNumber("epoch", Cursor.Epoch);
        json.WriteNumber("batch", Cursor.Batch);
        json.WriteNumber("seed", Seed);
        json.WriteNumber("optimizer_steps", OptimizerSteps);
        json.WriteNumber("skipped", Skipped);
        json.WriteNumber("skipped_in_a_row", SkippedInARow);
        json.WriteNumber("target_tokens", TargetTokens);
        json.WriteNumber("seconds", Seconds);
        json.WriteNumber("validated_step", ValidatedStep);
        json.WriteNumber("without_improvement", WithoutImprovement);
        json.WritePropertyName("best");
        if (Best is { } best)
        {
            json.WriteStartObject();
            json.WriteNumber("step", best.Step);
            json.WriteString("metric", best.Metric);
            json.WriteNumber("value", best.Value);
            json.WriteBoolean("higher_is_better", best.HigherIsBetter);
            json.WriteEndObject();
        }
        else
            json.WriteNullValue();
        json.WriteNumber("window_loss", WindowLoss);
        json.WriteNumber("window_tokens", WindowTokens);
        json.WriteNumber("window_seconds", WindowSeconds);
        json.WriteStartArray("checkpoints");
        foreach (var checkpoint in Checkpoints)
        {
            json.WriteStartObject();
            json.WriteNumber("step", checkpoint.Step);
            if (checkpoint.Score is { } score)
                json.WriteNumber("score", score);
            else
                json.WriteNull("score");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="CheckpointException">The file is missing, not JSON, or lacks a value or has one of another kind.</exception>
    internal static TrainingState Read(string path)
    {
        using var document = StrictJson.Read(path);
        return StrictJson.Checked(path, () =>
        {
            var json = document.RootElement;
            return new TrainingState
            {
                Step = json.GetProperty("step").GetInt64(),
                Cursor = new(json.GetProperty("epoch").GetInt32(), json.GetProperty("batch").GetInt32()),
                Seed = json.GetProperty("seed").GetUInt64(),
                OptimizerSteps = json.GetProperty("optimizer_steps").GetInt64(),
                Skipped = json.GetProperty("skipped").GetInt64(),
                SkippedInARow = json.GetProperty("skipped_in_a_row").GetInt32(),
                TargetTokens = json.GetProperty("target_tokens").GetInt64(),
                Seconds = json.GetProperty("seconds").GetDouble(),
                ValidatedStep = json.GetProperty("validated_step").GetInt64(),
                WithoutImprovement = json.GetProperty("without_improvement").GetInt32(),
                Best = json.GetProperty("best") is { ValueKind: not JsonValueKind.Null } best
                    ? new BestScore(best.GetProperty("step").GetInt64(), best.GetProperty("metric").GetString()!, best.GetProperty("value").GetDouble(), best.GetProperty("higher_is_better").GetBoolean())
                    : null,
                WindowLoss = json.GetProperty("window_loss").GetDouble(),
                WindowTokens = json.GetProperty("window_tokens").GetInt64(),
                WindowSeconds = json.GetProperty("window_seconds").GetDouble(),
                Checkpoints = [.. json.GetProperty("checkpoints").EnumerateArray().Select(entry => new ScoredCheckpoint(entry.GetProperty("step").GetInt64(),
                    entry.GetProperty("score") is { ValueKind: not JsonValueKind.Null } score ? score.GetDouble() : null))],
            }.Validate();
        });
    }

    private TrainingState Validate() => Step >= 0 && Cursor is { Epoch: >= 0, Batch: >= 0 } && OptimizerSteps >= 0 && OptimizerSteps <= Step && Skipped >= 0
        ? this
        : throw new FormatException("a counter is negative or too large");
}
