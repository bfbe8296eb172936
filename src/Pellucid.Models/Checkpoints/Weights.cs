using System.Collections.Immutable;
using Pellucid.Tensors;

namespace Pellucid.Models.Checkpoints;

/// <summary>The parameters of a model as one safetensors file: every key present once, nothing missing, nothing extra, every shape equal.</summary>
public static class Weights
{
    /// <summary>Writes the parameters' values under their keys.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Save(string path, IEnumerable<(string Name, Parameter Parameter)> parameters,
        StorageType storage = StorageType.Float32, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellation = default) =>
        SafetensorsWriter.Write(path, parameters.Select(entry => new NamedValues(entry.Name, entry.Parameter.Shape, entry.Parameter.ToArray())), storage, metadata, cancellation);

    /// <summary>Replaces the parameters' values by the file's. Everything is read and checked before the first value changes.</summary>
    /// <exception cref="CheckpointException">
    /// The file is unreadable, lacks a tensor, has one too many, has one of another shape (the message names it and both shapes), or holds NaN or infinity.
    /// </exception>
    public static void Load(string path, IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        using var file = SafetensorsFile.Open(path);
        var wanted = parameters.ToArray();
        CheckKeys(file, [.. wanted.Select(entry => entry.Name)]);
        float[][] values = [.. wanted.Select(entry => Read(file, entry.Name, entry.Parameter.Shape))];
        for (int i = 0; i < wanted.Length; i++)
            wanted[i].Parameter.Assign(values[i]);
    }

    /// <summary>One tensor of this shape.</summary>
    /// <exception cref="CheckpointException">There is none, or it has another shape.</exception>
    public static float[] Read(SafetensorsFile file, string name, Shape shape)
    {
        var entry = file[name];
        ImmutableArray<int> expected = [.. shape.Lengths];
        if (!entry.Shape.AsSpan().SequenceEqual(expected.AsSpan()))
            throw new CheckpointException(file.Path, name, $"the file has shape {entry.ShapeText}, the model wants {shape}", "Load it with the config.json it was saved with.");
        return file.ReadFloats(name);
    }

    /// <exception cref="CheckpointException">The file's keys are not exactly these.</exception>
    private static void CheckKeys(SafetensorsFile file, HashSet<string> wanted)
    {
        if (wanted.FirstOrDefault(name => !file.TryGet(name, out _)) is { } missing)
            throw new CheckpointException(file.Path, missing, $"is missing ({wanted.Count(name => !file.TryGet(name, out _))} of the model's {wanted.Count} tensors are)",
                "Load it with the config.json it was saved with.");
        if (file.Entries.FirstOrDefault(entry => !wanted.Contains(entry.Name)) is { } extra)
            throw new CheckpointException(file.Path, extra.Name, $"is no tensor of this model ({file.Entries.Count - wanted.Count} are too many)",
                "Load it with the config.json it was saved with.");
    }
}
