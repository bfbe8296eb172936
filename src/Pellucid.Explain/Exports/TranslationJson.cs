using System.Text.Json;

namespace Pellucid.Explain.Exports;

/// <summary>A translation's candidates as JSON, as the command line and the server write them.</summary>
internal static class TranslationJson
{
    /// <summary>Writes the member <c>translations</c>: an array of text, score, log-probability and whether it was cut, best first.</summary>
    public static void WriteCandidates(Utf8JsonWriter json, Translation translation)
    {
        json.WriteStartArray("translations");
        foreach (var candidate in translation.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("text", candidate.Text);
            json.WriteNumber("score", candidate.Score);
            json.WriteNumber("log_probability", candidate.LogProbability);
            json.WriteBoolean("cut", candidate.Cut);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
