using System.Text.Json;
using Pellucid.Explain.Formulas;

namespace Pellucid.Explain.Walks;

/// <summary>The provenance of a cell as JSON.</summary>
internal static class CellJson
{
    /// <summary>One object; numbers that JSON cannot write (NaN, infinities) are strings.</summary>
    /// <exception cref="ArgumentException">The trace has no such tensor or cell.</exception>
    public static void Write(Utf8JsonWriter json, Walk walk, string tensor, ReadOnlySpan<int> index)
    {
        var cell = Provenance.Of(walk.Trace, tensor, index);
        json.WriteStartObject();
        json.WriteString("tensor", tensor);
        Indices(json, cell.Index);
        Number(json, "value", cell.Value);
        Number(json, "recomputed", cell.Recomputed);
        Number(json, "relative_error", cell.RelativeError);
        json.WriteString("kind", cell.Op?.Kind ?? "weight");
        json.WriteString("text", FormulaText.Numbers(walk.Trace, tensor, index, 0, 9));
        if (cell.Missing is { } missing)
            json.WriteString("missing", missing);
        json.WriteStartArray("operands");
        foreach (var operand in cell.Operands)
        {
            json.WriteStartObject();
            json.WriteString("kind", operand.Kind.ToString().ToLowerInvariant());
            json.WriteString("role", operand.Role);
            json.WriteString("name", operand.Name);
            Indices(json, operand.Index);
            Number(json, "value", operand.Value);
            Number(json, "coefficient", operand.Coefficient);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Indices(Utf8JsonWriter json, IReadOnlyList<int> index)
    {
        json.WriteStartArray("index");
        foreach (int i in index)
            json.WriteNumberValue(i);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } number)
            json.WriteNull(name);
        else if (double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteString(name, double.IsNaN(number) ? "NaN" : number > 0 ? "∞" : "-∞");
    }
}
