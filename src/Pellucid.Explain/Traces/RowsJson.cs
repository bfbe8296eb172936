using System.Text.Json;

namespace Pellucid.Explain.Traces;

/// <summary>The sentences of a batch as JSON.</summary>
internal static class RowsJson
{
    internal static void Write(Utf8JsonWriter json, IReadOnlyList<TraceRow> rows)
    {
        json.WriteStartArray();
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteNumber("sentence", row.Sentence);
            json.WriteString("text", row.Text);
            json.WriteString("translation", row.Translation);
            foreach (var (key, tokens) in new[] { ("source", row.Source), ("target", row.Target), ("answer", row.Answer) })
            {
                json.WritePropertyName(key);
                WriteTokens(json, tokens);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Each <c>[id, piece, start, end]</c>.</summary>
    internal static void WriteTokens(Utf8JsonWriter json, IReadOnlyList<TraceToken> tokens)
    {
        json.WriteStartArray();
        foreach (var token in tokens)
        {
            json.WriteStartArray();
            json.WriteNumberValue(token.Id);
            json.WriteStringValue(token.Piece);
            json.WriteNumberValue(token.Start);
            json.WriteNumberValue(token.End);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
