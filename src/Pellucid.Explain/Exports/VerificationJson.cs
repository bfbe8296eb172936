using System.Text.Json;
using Pellucid.Explain.Verification;

namespace Pellucid.Explain.Exports;

/// <summary>What recomputing a trace found as JSON, as the command line and the server write it.</summary>
internal static class VerificationJson
{
    /// <summary>Writes the report as an object; an error that is infinite is null, for JSON has no infinity.</summary>
    public static void Write(Utf8JsonWriter json, VerificationReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("ops", report.Ops);
        TensorJson.Number(json, "max_relative_error", report.MaxRelativeError);
        json.WriteString("worst", report.Worst);
        json.WriteBoolean("ok", report.Ok);
        json.WriteNumber("tolerance", report.Tolerance);
        json.WriteNumber("unchecked", report.Unchecked.Count);
        json.WriteStartArray("failures");
        foreach (var failure in report.Failures)
        {
            json.WriteStartObject();
            json.WriteString("tensor", failure.Tensor);
            json.WriteString("kind", failure.Kind);
            json.WriteStartArray("index");
            foreach (int index in failure.Index)
                json.WriteNumberValue(index);
            json.WriteEndArray();
            TensorJson.Number(json, "relative_error", failure.RelativeError);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
