using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pellucid.Models.Checkpoints;

namespace Pellucid.Explain.Traces;

/// <summary>
/// A trace as one safetensors file: the captured tensors as float32 under their names, everything else in the metadata, as docs/trace-format.md has it.
/// Reading trusts nothing: the graph is checked before anybody walks it, and every tensor against its checksum.
/// </summary>
public static class TraceFile
{
    /// <summary>What the metadata's <c>format</c> says.</summary>
    public const string Format = "pellucid.trace";

    internal const string WriteAgain = "Write the trace again with --trace-file.";

    /// <summary>Writes a trace; the file appears complete or not at all. Equal traces give equal bytes.</summary>
    /// <exception cref="CheckpointException">The file cannot be written, or its graph does not fit a safetensors header (100 MB).</exception>
    public static void Write(Trace trace, string path, CancellationToken cancellation = default)
    {
        var captured = trace.Tensors.Where(tensor => tensor.IsCaptured).ToList();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = Format,
            ["version"] = Trace.Version.ToString(CultureInfo.InvariantCulture),
        };
        TraceMetadata.Write(trace, metadata, captured.ToDictionary(tensor => tensor.Name, tensor => Checksum(tensor.Values!), StringComparer.Ordinal));
        SafetensorsWriter.Write(path, captured.Select(tensor => new NamedValues(tensor.Name, tensor.Shape, tensor.Values)), metadata: metadata, cancellation: cancellation);
    }

    /// <summary>Reads a trace.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the work between two tensors.</param>
    /// <exception cref="CheckpointException">
    /// It is no trace or one of another version; its graph is malformed; a tensor is missing, unlisted, of another shape, or does not have its checksum. The message names the tensor and the cause.
    /// </exception>
    public static Trace Read(string path, CancellationToken cancellation = default)
    {
        using var file = SafetensorsFile.Open(path, checkFinite: false);
        CheckVersion(file);
        var (header, ops, listed) = new TraceMetadata.Reader(file.Path, file.Metadata).Read();
        var names = listed.ToDictionary(tensor => tensor.Tensor.Name, StringComparer.Ordinal);
        if (file.Entries.FirstOrDefault(entry => !names.TryGetValue(entry.Name, out var known) || known.Checksum is null) is { } stray)
            throw new CheckpointException(path, stray.Name, "the graph does not list it as captured", WriteAgain);
        var tensors = new List<TraceTensor>(listed.Count);
        foreach (var (tensor, checksum) in listed)
        {
            cancellation.ThrowIfCancellationRequested();
            tensors.Add(checksum is null ? tensor : tensor with { Values = Values(file, tensor, checksum) });
        }
        var trace = new Trace(header, ops, tensors);
        GraphCheck.Throw(trace, path);
        return trace;
    }

    private static void CheckVersion(SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new CheckpointException(file.Path, null, "it is no trace: its metadata has no format \"" + Format + "\"", "pellucid translate TEXT --trace '**' --trace-file FILE writes one.");
        string version = file.Metadata.GetValueOrDefault("version") ?? "";
        if (version != Trace.Version.ToString(CultureInfo.InvariantCulture))
            throw new CheckpointException(file.Path, null, $"it is a trace of version '{version}', this build reads version {Trace.Version}", WriteAgain);
    }

    private static float[] Values(SafetensorsFile file, TraceTensor tensor, string checksum)
    {
        if (!file.TryGet(tensor.Name, out var entry))
            throw new CheckpointException(file.Path, tensor.Name, "the graph lists it as captured, but the file does not hold it", WriteAgain);
        if (entry.Storage != StorageType.Float32 || !entry.Shape.SequenceEqual(tensor.Shape))
            throw new CheckpointException(file.Path, tensor.Name, $"it is {entry.Storage} {entry.ShapeText}, the graph says Float32 [{string.Join(", ", tensor.Shape)}]", WriteAgain);
        float[] values = file.ReadFloats(tensor.Name);
        if (Checksum(values) != checksum)
            throw new CheckpointException(file.Path, tensor.Name, "its values do not have the checksum that was written with them: they were changed or damaged", WriteAgain);
        return values;
    }

    // SHA-256 of the float32 values, little-endian, as everywhere in the format.
    private static string Checksum(float[] values)
    {
        if (BitConverter.IsLittleEndian)
            return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(values)));
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
