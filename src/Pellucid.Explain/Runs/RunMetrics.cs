using System.Text.Json;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Explain.Runs;

/// <summary>Reads metrics.jsonl: one JSON object a line, the last of which a running or dying process may have left half written.</summary>
internal static class RunMetrics
{
    private const long LargestFile = 1L << 28;
    private const int LongestLine = 1 << 16;

    internal static (IReadOnlyList<RunPoint> Training, IReadOnlyList<RunPoint> Validations) Read(string path)
    {
        List<RunPoint> training = [], validations = [];
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > LargestFile)
                throw new CheckpointException(path, null, $"it has {stream.Length} bytes, far more than a run writes", "Is it the right file?");
            using var reader = new StreamReader(stream);
            string? line = reader.ReadLine();
            for (int number = 1; line is not null; number++)
            {
                string? next = reader.ReadLine();
                Read(line, number, isLast: next is null, path, training, validations);
                line = next;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException(path, null, "there is no such file", "A run folder holds one from its first step on; was it copied without it?", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, $"it cannot be read ({e.Message.TrimEnd('.')})", "Check its permissions.", e);
        }
        return (training, validations);
    }

    private static void Read(string line, int number, bool isLast, string path, List<RunPoint> training, List<RunPoint> validations)
    {
        try
        {
            if (line.Length > LongestLine)
                throw new JsonException($"a line of {line.Length} characters");
            using var json = JsonDocument.Parse(line);
            long step = json.RootElement.GetProperty("step").GetInt64();
            var values = json.RootElement.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Number && member.Name != "step")
                .GroupBy(member => member.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last().Value.GetDouble(), StringComparer.Ordinal);
            var list = json.RootElement.GetProperty("type").GetString() switch { "train" => training, "validation" => validations, _ => null };
            list?.Add(new RunPoint(step, values));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            if (!isLast)
                throw new CheckpointException(path, null, FormattableString.Invariant($"line {number} is no measurement of a run"), "Restore the file that the run wrote, or remove the line.", e);
        }
    }
}
