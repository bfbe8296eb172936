using System.Text.Json;

namespace Pellucid.Explain.Formulas;

/// <summary>Rules as JSON, as docs/rules.md defines it: numbers are numbers, strings are variables, everything else is an array that begins with its head.</summary>
internal static class RuleJson
{
    /// <summary>The table as one object: a document for each kind.</summary>
    public static void Write(Utf8JsonWriter json, RuleTable table)
    {
        json.WriteStartObject();
        foreach (var rule in table.All)
        {
            json.WritePropertyName(rule.Kind);
            Write(json, rule);
        }
        json.WriteEndObject();
    }

    /// <summary>One rule: <c>{"kind":"linear","output":["...","o"],"expression":[...],"text":"..."}</c>.</summary>
    public static void Write(Utf8JsonWriter json, Rule rule)
    {
        json.WriteStartObject();
        json.WriteString("kind", rule.Kind);
        json.WriteStartArray("output");
        foreach (string name in rule.Output)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WritePropertyName("expression");
        Write(json, rule.Expression);
        json.WriteString("text", FormulaText.Symbols(rule));
        if (rule.Parts.Count > 0)
            WriteParts(json, rule.Parts);
        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, IReadOnlyList<RulePart> parts)
    {
        json.WriteStartArray("parts");
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteString("of", part.Of switch { PartOf.Row => "row", PartOf.Column => "column", _ => "cell" });
            json.WritePropertyName("expression");
            Write(json, part.Expression);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>One expression.</summary>
    public static void Write(Utf8JsonWriter json, Expression expression)
    {
        switch (expression)
        {
            case Expression.Literal literal: json.WriteNumberValue(literal.Value); break;
            case Expression.Variable variable: json.WriteStringValue(variable.Name); break;
            case Expression.Rest: json.WriteStringValue("..."); break;
            case Expression.Constant constant: Array(json, "number", constant.Name); break;
            case Expression.MinusInfinity: Array(json, "-inf"); break;
            case Expression.Has has: Array(json, "has", has.Role); break;
            case Expression.Size size: Array(json, "size", size.Role, size.Axis); break;
            case Expression.Cell cell: Array(json, "at", cell.Role, cell.Index); break;
            case Expression.Id id: Array(json, "id", id.Index, id.Role); break;
            case Expression.Visible visible: Array(json, "visible", visible.Index, visible.Role); break;
            case Expression.Apply apply: Array(json, [apply.Function, .. apply.Arguments]); break;
            case Expression.Fold fold: Array(json, fold.IsSum ? "sum" : "max", fold.Index, fold.Length, fold.Body); break;
            case Expression.If choice: Array(json, "if", choice.Condition, choice.Then, choice.Else); break;
            case Expression.Let let: Array(json, "let", let.Name, let.Value, let.Body); break;
        }
    }

    private static void Array(Utf8JsonWriter json, params object[] parts)
    {
        json.WriteStartArray();
        foreach (object part in parts)
        {
            switch (part)
            {
                case string text: json.WriteStringValue(text); break;
                case int number: json.WriteNumberValue(number); break;
                case Expression expression: Write(json, expression); break;
                case IReadOnlyList<Expression> list:
                    json.WriteStartArray();
                    foreach (var item in list)
                        Write(json, item);
                    json.WriteEndArray();
                    break;
            }
        }
        json.WriteEndArray();
    }
}
