using Pellucid.Cli.Flags;
using Pellucid.Cli.Output;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Cli.Verbs;

internal sealed class CheckpointInfo : Verb
{
    private readonly Flag<string> _format;

    public CheckpointInfo()
    {
        Words = WordsOf("FILE", "a .safetensors file, or a folder that holds model.safetensors", least: 1, most: 1);
        _format = Flags.Add(Make.Choice("--format", "FORMAT", "how to write it", ["text", "json"]));
    }

    public override string Description => "Reads the header only, and checks it: every tensor with its shape and storage, the number of parameters, the metadata.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("pellucid checkpoint info models/en-es", "the bundled model"),
        new("pellucid checkpoint info model.safetensors --format json", "the same for programs"),
    ];

    public override int Run(Call call)
    {
        var path = call.Get(Words!)[0];
        using var file = SafetensorsFile.Open(Directory.Exists(path) ? Path.Combine(path, "model.safetensors") : path);
        if (call.Get(_format) == "json") call.Terminal.Output.WriteLine(Json(file));
        else WriteText(file, call.Terminal.Output);
        return ExitCode.Done;
    }

    // The scales of 8-bit weights are part of their storage.
    private static long Parameters(SafetensorsFile file) => file.Entries.Where(entry => !IsScale(file, entry)).Sum(entry => entry.ElementCount);

    private static bool IsScale(SafetensorsFile file, SafetensorsEntry entry) =>
        entry.Name.EndsWith(".scale", StringComparison.Ordinal) && file.TryGet(entry.Name[..^".scale".Length], out var weight) && weight.Storage == StorageType.Int8;

    private static long Bytes(SafetensorsFile file) => file.Entries.Sum(entry => entry.ByteCount);

    private static void WriteText(SafetensorsFile file, TextWriter output)
    {
        output.WriteLine(file.Path);
        output.WriteLine(FormattableString.Invariant($"  {file.Entries.Count} tensors, {Parameters(file):N0} parameters, {Bytes(file):N0} bytes"));
        foreach (var (key, value) in file.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) output.WriteLine($"  {key}: {value}");
        var width = file.Entries.Select(entry => entry.Name.Length).DefaultIfEmpty().Max();
        foreach (var entry in file.Entries) output.WriteLine($"  {entry.Name.PadRight(width)}  {entry.Storage,-8}  {entry.ShapeText}");
    }

    private static string Json(SafetensorsFile file) => JsonLine.Write(json =>
    {
        json.WriteString("file", file.Path);
        json.WriteNumber("parameters", Parameters(file));
        json.WriteNumber("bytes", Bytes(file));
        json.WriteStartObject("metadata");
        foreach (var (key, value) in file.Metadata) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteStartArray("tensors");
        foreach (var entry in file.Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteString("storage", entry.Storage.ToString());
            json.WriteStartArray("shape");
            foreach (var length in entry.Shape) json.WriteNumberValue(length);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
