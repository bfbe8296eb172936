using System.Text.Json;
using Pellucid.Models.Checkpoints;
using Pellucid.Models.Configuration;
using Pellucid.Text.Corpora;
using Pellucid.Training.Runs;

namespace Pellucid.Training.Configuration;

/// <summary>
/// A config of training as a JSON file: the sections of <see cref="TrainSchema"/>. The effective one of a run folder also records
/// the tool's version (<c>pellucid</c>) and the files that were read with their SHA-256 (<c>files</c>).
/// </summary>
/// <param name="Config">All settings.</param>
/// <param name="Version">The version of the tool that wrote it; null in a file written by hand.</param>
/// <param name="Files">The data that the run began with.</param>
public sealed record TrainConfigFile(TrainConfig Config, string? Version, IReadOnlyList<CorpusFile> Files)
{
    private const string VersionKey = "pellucid", FilesKey = "files";

    /// <summary>The version of this tool.</summary>
    public static string ToolVersion { get; } = typeof(TrainConfigFile).Assembly.GetName().Version!.ToString(3);

    /// <summary>Reads a file strictly, its settings over those of <paramref name="start"/>.</summary>
    /// <exception cref="CheckpointException">The file is missing or not JSON.</exception>
    /// <exception cref="ConfigException">A key is unknown or a value cannot be used; the message names the file.</exception>
    public static TrainConfigFile Read(string path, TrainConfig? start = null)
    {
        using var document = StrictJson.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new ConfigException($"{path}: expected a JSON object with the sections model, data, training, ...");
        return StrictJson.Checked(path, () =>
        {
            try
            {
                return Read(document.RootElement, start ?? new TrainConfig());
            }
            catch (ConfigException error)
            {
                throw new ConfigException($"{path}: {error.Message}", error.Key, error);
            }
        });
    }

    /// <summary>Writes every setting, its default or not.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToJson());

    /// <summary>What <see cref="Write"/> writes.</summary>
    public string ToJson() => StrictJson.Text(json =>
    {
        json.WriteStartObject();
        if (Version is not null)
            json.WriteString(VersionKey, Version);
        TrainSchema.Schema.Write(json, Config);
        if (Files.Count > 0)
        {
            json.WriteStartArray(FilesKey);
            foreach (var file in Files)
            {
                json.WriteStartObject();
                json.WriteString("path", file.Path);
                json.WriteString("sha256", file.Sha256);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });

    private static TrainConfigFile Read(JsonElement root, TrainConfig start)
    {
        string? version = root.TryGetProperty(VersionKey, out var tool) ? tool.GetString() : null;
        CorpusFile[] files = root.TryGetProperty(FilesKey, out var list)
            ? [.. list.EnumerateArray().Select(file => new CorpusFile(file.GetProperty("path").GetString()!, file.GetProperty("sha256").GetString()!))]
            : [];
        return new TrainConfigFile(TrainSchema.Schema.Read(start, root, VersionKey, FilesKey), version, files);
    }
}
