using System.Text.Json;
using Pellucid.Explain.Interventions;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Exports;

/// <summary>What follows from edits, and from hidden words, as JSON.</summary>
internal static class InterventionJson
{
    /// <summary>Writes the edits as an array, as a request spells them.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Edit> edits)
    {
        json.WriteStartArray();
        foreach (var edit in edits)
        {
            json.WriteStartObject();
            switch (edit)
            {
                case Edit.Weight weight:
                    json.WriteString("kind", "weight");
                    json.WriteString("name", weight.Name);
                    Indices(json, "index", weight.Index);
                    json.WriteNumber("value", weight.Value);
                    break;
                case Edit.Mask mask:
                    json.WriteString("kind", "mask");
                    json.WriteString("place", mask.Place);
                    json.WriteStartArray("index");
                    if (mask.Query is { } query)
                        json.WriteNumberValue(query);
                    else
                        json.WriteNullValue();
                    json.WriteNumberValue(mask.Key);
                    json.WriteEndArray();
                    json.WriteBoolean("visible", mask.Visible);
                    break;
                case Edit.Head head:
                    json.WriteString("kind", "head");
                    json.WriteString("place", head.Place);
                    json.WriteNumber("head", head.Number);
                    break;
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes how every tensor differs as an array; a difference that is infinite is null.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TensorChange> changes)
    {
        json.WriteStartArray();
        foreach (var change in changes)
        {
            json.WriteStartObject();
            json.WriteString("name", change.Name);
            TensorJson.Number(json, "largest", change.Largest);
            Indices(json, "at", change.At);
            TensorJson.Number(json, "root_mean_square", change.RootMeanSquare);
            json.WriteNumber("changed", change.Changed);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes what each hidden word was worth as an object.</summary>
    /// <param name="header">The tokens of the explanation.</param>
    /// <param name="decode">A translation's tokens as text.</param>
    public static void Write(Utf8JsonWriter json, TraceHeader header, IReadOnlyList<Occlusion> occlusions, Func<int[], string> decode)
    {
        json.WriteStartObject();
        json.WriteStartArray("answer");
        foreach (var token in header.Answer)
            json.WriteStringValue(token.Piece);
        json.WriteEndArray();
        json.WriteStartArray("occlusions");
        foreach (var occlusion in occlusions)
        {
            json.WriteStartObject();
            Indices(json, "positions", occlusion.Hidden);
            json.WriteStartArray("pieces");
            foreach (int position in occlusion.Hidden)
                json.WriteStringValue(header.Source[position].Piece);
            json.WriteEndArray();
            json.WriteStartArray("log_probabilities");
            foreach (float value in occlusion.LogProbabilities)
                json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteStartArray("changes");
            foreach (double value in occlusion.Changes)
                json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteNumber("total_change", occlusion.TotalChange);
            if (occlusion.Tokens is { } tokens)
                json.WriteString("translation", decode(tokens));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Indices(Utf8JsonWriter json, string name, IReadOnlyList<int> indices)
    {
        json.WriteStartArray(name);
        foreach (int index in indices)
            json.WriteNumberValue(index);
        json.WriteEndArray();
    }
}
