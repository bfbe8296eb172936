using System.Text.Json;
using Pellucid.Explain.Learning;
using Pellucid.Models.Checkpoints;
using Pellucid.Tensors.Optimization;

namespace Pellucid.Explain.Runs;

/// <summary>Reads where a run's optimizer stood: settings from config.json, the count of steps from state.json, m and v from optimizer.safetensors.</summary>
internal static class RunOptimizer
{
    private const string OptimizerFile = "optimizer.safetensors", StateFile = "state.json";
    private const int LargestFile = 1 << 24;

    internal static TrainingStepOptions Read(RunHistory run, RunCheckpoint checkpoint, CancellationToken cancellation)
    {
        long done = Read(Path.Combine(checkpoint.Path, StateFile), state => state.GetProperty("optimizer_steps").GetInt64());
        if (done is < 0 or long.MaxValue)
            throw new CheckpointException(Path.Combine(checkpoint.Path, StateFile), null, $"optimizer_steps is {done}", "Choose another checkpoint.");
        var rates = run.Training.Where(point => point.Values.ContainsKey("learning_rate")).ToList();
        var rate = rates.LastOrDefault(point => point.Step <= checkpoint.Step + 1) ?? rates.FirstOrDefault() ??
            throw new CheckpointException(run.Folder, null, "its metrics tell no learning rate", "Give the settings of the step yourself.");
        return Read(Path.Combine(run.Folder, TranslationModel.ConfigFile), config =>
        {
            var (optimizer, training) = (config.GetProperty("optimizer"), config.GetProperty("training"));
            double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();
            return new TrainingStepOptions
            {
                Update = new AdamUpdate(done + 1, rate.Values["learning_rate"], Number(optimizer, "beta1"), Number(optimizer, "beta2"), Number(optimizer, "epsilon"),
                    Number(optimizer, "weight_decay"), optimizer.GetProperty("kind").GetString() == "adamw"),
                LabelSmoothing = Number(training, "label_smoothing"),
                ClipNorm = Number(training, "clip_norm"),
                Moments = Moments(Path.Combine(checkpoint.Path, OptimizerFile), cancellation),
            };
        });
    }

    private static Dictionary<string, (float[] First, float[] Second)> Moments(string path, CancellationToken cancellation)
    {
        const string first = "first.", second = "second.";
        using var file = SafetensorsFile.Open(path);
        var moments = new Dictionary<string, (float[], float[])>(StringComparer.Ordinal);
        foreach (var entry in file.Entries.Where(entry => entry.Name.StartsWith(first, StringComparison.Ordinal)))
        {
            cancellation.ThrowIfCancellationRequested();
            string name = entry.Name[first.Length..];
            moments[name] = (Weights.Read(file, entry.Name, [.. entry.Shape]), Weights.Read(file, second + name, [.. entry.Shape]));
        }
        return moments;
    }

    private static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
                throw new CheckpointException(path, null, $"it has more than {LargestFile} bytes", "Is it the right file?");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return read(document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, $"it cannot be read ({e.Message.TrimEnd('.')})", "A checkpoint of a run holds it; was it copied without it?", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException(path, null, $"it does not say how the optimizer stood ({e.Message.TrimEnd('.')})", "Restore the file that the run wrote.", e);
        }
    }
}
