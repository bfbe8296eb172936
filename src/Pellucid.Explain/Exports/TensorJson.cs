using System.Runtime.InteropServices;
using System.Text.Json;
using Pellucid.Explain.Traces;
using Pellucid.Tensors;

namespace Pellucid.Explain.Exports;

/// <summary>
/// Tensors and operations as docs/trace-format.md spells them in JSON. Values are base64 of float32, little endian, so that every bit survives,
/// those of minus infinity and NaN too.
/// </summary>
internal static class TensorJson
{
    /// <summary>The values as they lie in a file or an answer: float32, little endian.</summary>
    public static byte[] Bytes(ReadOnlySpan<float> values)
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
            for (int i = 0; i < bytes.Length; i += sizeof(float))
                bytes.AsSpan(i, sizeof(float)).Reverse();
        return bytes;
    }

    /// <summary>Writes one tensor as an object; <c>captured</c> says whether it has values, <c>data</c> holds them where they are wanted.</summary>
    public static void Write(Utf8JsonWriter json, TraceTensor tensor, bool withData, string? origin = null)
    {
        json.WriteStartObject();
        json.WriteString("name", tensor.Name);
        json.WriteStartArray("axes");
        foreach (string axis in tensor.Axes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(axis);
        json.WriteEndArray();
        json.WriteStartArray("shape");
        foreach (int length in tensor.Shape)
            json.WriteNumberValue(length);
        json.WriteEndArray();
        json.WriteString("origin", origin ?? TraceMetadata.NameOf(tensor.Origin));
        json.WriteBoolean("captured", tensor.IsCaptured);
        if (withData && tensor.Values is { } values)
            json.WriteBase64String("data", Bytes(values));
        json.WriteEndObject();
    }

    /// <summary>A laboratory's tensor, with its values, under this name.</summary>
    public static void Write(Utf8JsonWriter json, string name, string axes, Tensor tensor) =>
        Write(json, new TraceTensor(name, axes, tensor.Shape.Lengths.ToArray(), TensorOrigin.Computed, tensor.ToArray()), withData: true);

    /// <summary>Writes one operation as an object, as a trace's file has it.</summary>
    public static void Write(Utf8JsonWriter json, TraceOp op) => TraceMetadata.WriteOp(json, op);

    /// <summary>A number; null where JSON has none for it (infinite, or not a number).</summary>
    public static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
