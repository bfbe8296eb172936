using Pellucid.Models.Architectures;
using Pellucid.Models.Modules;
using Pellucid.Tensors;

namespace Pellucid.Models.Checkpoints;

/// <summary>The weights of a module as a safetensors file, one tensor per parameter under its checkpoint key.</summary>
public static class ModelCheckpoint
{
    private const int NamesShown = 5;

    /// <summary>Writes every parameter; the file appears complete or not at all.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="storage">How the numbers are stored: Float32 keeps every bit, Float16 and BFloat16 round to nearest even.</param>
    /// <param name="metadata">Free text for the file's header.</param>
    /// <param name="cancellation">Nothing is left behind.</param>
    /// <exception cref="CheckpointException">The file cannot be written, or a weight does not fit the storage.</exception>
    public static void Save(
        Module module, string path, StorageType storage = StorageType.Float32,
        IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellation = default) =>
        SafetensorsWriter.Write(
            path, module.Parameters().Select(entry => new NamedValues(entry.Name, entry.Parameter.Shape, entry.Parameter.ToArray())), storage, metadata, cancellation);

    /// <summary>Replaces every parameter by the file's values. The file must hold exactly the module's tensors; on any failure the module keeps its weights.</summary>
    /// <exception cref="CheckpointException">
    /// The file is unreadable or malformed; a tensor is missing, unexpected, of another shape or not floating-point, or holds NaN or infinity.
    /// </exception>
    public static void Load(Module module, string path, CancellationToken cancellation = default)
    {
        using var file = SafetensorsFile.Open(path);
        Load(module, file, cancellation);
    }

    /// <summary>A Transformer of this config with the file's weights.</summary>
    /// <exception cref="CheckpointException">As for <see cref="Load(Module, string, CancellationToken)"/>, or the config asks for far more weights than the file holds.</exception>
    /// <exception cref="ArgumentException">The config does not make a model.</exception>
    public static Transformer LoadTransformer(TransformerConfig config, string path, CancellationToken cancellation = default)
    {
        config.Validate();
        using var file = SafetensorsFile.Open(path);
        CheckSize(config, file);
        var model = Initialization.Blank(() => Transformer.Create(config, default));
        Load(model, file, cancellation);
        return model;
    }

    private static void Load(Module module, SafetensorsFile file, CancellationToken cancellation)
    {
        var parameters = module.Parameters().ToList();
        CheckNames(parameters, file);
        foreach (var (name, parameter) in parameters)
            if (!file[name].Shape.SequenceEqual(parameter.Shape.Lengths.ToArray()))
                throw new CheckpointException(
                    file.Path, name, $"its shape is {file[name].ShapeText}, the model's is {parameter.Shape}",
                    "The weights belong to a model of another configuration; use the config.json that was saved with them.");
        var values = new List<float[]>(parameters.Count);
        foreach (var (name, _) in parameters)
        {
            cancellation.ThrowIfCancellationRequested();
            values.Add(file.ReadFloats(name));
        }
        for (int i = 0; i < values.Count; i++)
            parameters[i].Parameter.Assign(values[i]);
    }

    private static void CheckNames(List<(string Name, Parameter Parameter)> parameters, SafetensorsFile file)
    {
        var wanted = parameters.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. parameters.Select(entry => entry.Name).Where(name => !file.TryGet(name, out _))];
        string[] extra = [.. file.Entries.Select(entry => entry.Name).Where(name => !wanted.Contains(name))];
        if (missing.Length > 0)
            throw new CheckpointException(
                file.Path, missing[0], missing.Length == 1 ? "the model needs it and the file does not hold it" : $"the model needs it and the file does not hold it, nor {Names(missing[1..])}",
                extra.Length == 0 ? "The file is incomplete or belongs to a smaller model." : $"The file holds {Names(extra)} instead; it belongs to another model or another version of it.");
        if (extra.Length > 0)
            throw new CheckpointException(
                file.Path, extra[0], extra.Length == 1 ? "the model has no such parameter" : $"the model has no such parameter, nor {Names(extra[1..])}",
"The file belongs to another model, or config.json to another file.");
    }

    /// <summary>A lying config must not make us take memory that the file cannot fill: its matrices alone are counted before any is made.</summary>
    private static void CheckSize(TransformerConfig config, SafetensorsFile file)
    {
        double width = config.Width, feedForward = 2 * width * config.HiddenWidth;
        double atLeast = config.VocabularySize * width
            + config.EncoderLayers * (4 * width * width + feedForward)
            + config.DecoderLayers * (8 * width * width + feedForward);
        if (config.Positions == PositionKind.Learned)
            atLeast += config.MaxLength * width;
        double held = file.Entries.Sum(entry => (double)entry.ElementCount);
        if (atLeast > 4 * held + 1_000_000)
            throw new CheckpointException(
                file.Path, null, FormattableString.Invariant($"it holds {held:0} weights, the configuration asks for at least {atLeast:0}"),
                "The weights belong to a model of another configuration; use the config.json that was saved with them.");
    }

    private static string Names(string[] names)
    {
        string shown = string.Join(", ", names.Take(NamesShown).Select(name => $"'{CheckpointException.Printable(name)}'"));
        return names.Length > NamesShown ? $"{shown} and {names.Length - NamesShown} more" : shown;
    }
}
