using Pellucid.Models.Checkpoints;

namespace Pellucid.Training.Runs;

/// <summary>The mean of several checkpoints' weights, element by element (Vaswani et al. 2017, section 6.1).</summary>
public static class CheckpointAveraging
{
    /// <summary>Reads each of these and writes the mean, summed in double in the order given.</summary>
    /// <param name="sources">Checkpoint folders, model folders or safetensors files.</param>
    /// <param name="destination">The safetensors file to write.</param>
    /// <exception cref="TrainingException">There is no source.</exception>
    /// <exception cref="CheckpointException">A file is unreadable, holds 8-bit weights, or the files do not hold the same tensors.</exception>
    public static void Average(IReadOnlyList<string> sources, string destination, IProgress<int>? progress = null, CancellationToken cancellation = default) =>
        SafetensorsWriter.Write(destination, Mean(sources, RunFolder.ModelFile, progress, cancellation), cancellation: cancellation);

    /// <summary>The mean of the tensors of every source, in the order of the first.</summary>
    internal static IReadOnlyList<NamedValues> Mean(IReadOnlyList<string> sources, string fileName, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (sources.Count == 0)
            throw new TrainingException("there is no checkpoint to average.");
        var sums = new List<(string Name, int[] Shape, double[] Sum)>();
        for (int i = 0; i < sources.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var file = SafetensorsFile.Open(Directory.Exists(sources[i]) ? Path.Combine(sources[i], fileName) : sources[i]);
            if (file.Entries.FirstOrDefault(entry => entry.Storage == StorageType.Int8) is { } quantised)
                throw new CheckpointException(
                    file.Path, quantised.Name, "it holds 8-bit numbers, of which no mean is taken",
                    "Average the models that were quantised, or write this one in float32 first (checkpoint export).");
            if (i == 0)
                sums.AddRange(file.Entries.Select(entry => (entry.Name, entry.Shape.ToArray(), new double[entry.ElementCount])));
            if (file.Entries.Count != sums.Count)
                throw new CheckpointException(file.Path, null, $"holds {file.Entries.Count} tensors, {sources[0]} holds {sums.Count}", "Average checkpoints of one run.");
            foreach (var (name, shape, sum) in sums)
            {
                float[] values = Weights.Read(file, name, Tensors.Shape.Of(shape));
                for (int at = 0; at < sum.Length; at++)
                    sum[at] += values[at];
            }
            progress?.Report(i + 1);
        }
        return [.. sums.Select(entry => new NamedValues(entry.Name, entry.Shape, Array.ConvertAll(entry.Sum, value => (float)(value / sources.Count))))];
    }
}
