using System.Text.Json;

namespace Pellucid.Explain.Runs;

/// <summary>A run's history as JSON: what a slider over its checkpoints and the curve beside it draw.</summary>
internal static class RunJson
{
    /// <summary>Writes <c>{"checkpoints":[{"step":..,"best":..,"last":..}],"training":[{"step":..,"loss":..,...}],"validations":[...]}</c>.</summary>
    public static void Write(Utf8JsonWriter json, RunHistory run)
    {
        json.WriteStartObject();
        json.WriteStartArray("checkpoints");
        foreach (var checkpoint in run.Checkpoints)
        {
            json.WriteStartObject();
            json.WriteNumber("step", checkpoint.Step);
            json.WriteBoolean("best", checkpoint.IsBest);
            json.WriteBoolean("last", checkpoint.IsLast);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WritePoints(json, "training", run.Training);
        WritePoints(json, "validations", run.Validations);
        json.WriteEndObject();
    }

    private static void WritePoints(Utf8JsonWriter json, string name, IReadOnlyList<RunPoint> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartObject();
            json.WriteNumber("step", point.Step);
            foreach (var (key, value) in point.Values)
                json.WriteNumber(key, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
