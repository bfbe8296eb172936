using System.Text.Json;
using Pellucid.Explain.Tours;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Exports;

/// <summary>A tour as JSON: steps with texts in both languages, and the tensors and operations that they show.</summary>
internal static class TourJson
{
    /// <summary>Writes the tour as an object.</summary>
    public static void Write(Utf8JsonWriter json, Tour tour)
    {
        json.WriteStartObject();
        json.WriteString("name", tour.Name);
        Text(json, "title", tour.Title);
        json.WriteStartArray("steps");
        foreach (var step in tour.Steps)
            Write(json, step);
        json.WriteEndArray();
        var computed = tour.Ops.Select(op => op.Output).ToHashSet(StringComparer.Ordinal);
        json.WriteStartArray("tensors");
        foreach (var tensor in tour.Tensors)
            TensorJson.Write(json, tensor, withData: true, Origin(tensor, computed));
        json.WriteEndArray();
        json.WriteStartArray("ops");
        foreach (var op in tour.Ops)
            TensorJson.Write(json, op);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the names, titles and numbers of steps of all tours as an object.</summary>
    public static void WriteList(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("tours");
        foreach (var tour in Tour.Names.Select(name => Tour.Find(name)!))
        {
            json.WriteStartObject();
            json.WriteString("name", tour.Name);
            Text(json, "title", tour.Title);
            json.WriteNumber("steps", tour.Steps.Count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A text in both languages.</summary>
    internal static void Text(Utf8JsonWriter json, string name, LocalText text)
    {
        json.WritePropertyName(name);
        Text(json, text);
    }

    private static string Origin(TraceTensor tensor, HashSet<string> computed) =>
        computed.Contains(tensor.Name) ? "computed" : tensor.Name.EndsWith(".weight", StringComparison.Ordinal) || tensor.Name.EndsWith(".bias", StringComparison.Ordinal) ? "weight" : "input";

    private static void Write(Utf8JsonWriter json, TourStep step)
    {
        json.WriteStartObject();
        json.WriteString("id", step.Id);
        Text(json, "title", step.Title);
        Text(json, "text", step.Text);
        json.WriteString("formula", step.Formula);
        json.WriteStartArray("tokens");
        foreach (var token in step.Tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("piece", token.Piece);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("views");
        foreach (var view in step.Views)
        {
            json.WriteStartObject();
            json.WriteString("tensor", view.Tensor);
            Labels(json, "rows", view.Rows);
            Labels(json, "columns", view.Columns);
            json.WriteStartObject("fixed");
            foreach (var (axis, index) in view.Fixed)
                json.WriteNumber(axis, index);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (step.Map is { } map) Write(json, map);
        json.WriteStartObject("numbers");
        foreach (var (name, value) in step.Numbers)
            TensorJson.Number(json, name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TourMap map)
    {
        json.WriteStartObject("map");
        json.WriteString("tensor", map.Tensor);
        json.WriteStartArray("labels");
        foreach (string label in map.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("arrows");
        foreach (var arrow in map.Arrows)
        {
            json.WriteStartObject();
            json.WriteNumber("from", arrow.From);
            json.WriteNumber("to", arrow.To);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Labels(Utf8JsonWriter json, string name, IReadOnlyList<LocalText> labels)
    {
        json.WriteStartArray(name);
        foreach (var label in labels)
            Text(json, label);
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, LocalText text)
    {
        json.WriteStartObject();
        json.WriteString("en", text.English);
        json.WriteString("zh", text.Chinese);
        json.WriteEndObject();
    }
}
