using System.Text.Json;
using Pellucid.Explain.Formulas;

namespace Pellucid.Tests.Explain.Formulas;

/// <summary>Reads rules from their JSON by docs/rules.md alone, as the page does.</summary>
internal static class RuleReader
{
    internal static Rule Read(JsonElement rule) =>
        new(rule.GetProperty("kind").GetString()!, [.. rule.GetProperty("output").EnumerateArray().Select(name => name.GetString()!)], Expression(rule.GetProperty("expression")))
        {
            Parts = rule.TryGetProperty("parts", out var parts) ? [.. parts.EnumerateArray().Select(Part)] : [],
        };

    private static RulePart Part(JsonElement part) =>
        new(part.GetProperty("name").GetString()!, Enum.Parse<PartOf>(part.GetProperty("of").GetString()!, ignoreCase: true), Expression(part.GetProperty("expression")));

    private static Expression Expression(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Number)
            return json.GetDouble();
        if (json.ValueKind == JsonValueKind.String)
            return json.GetString()!;
        JsonElement[] parts = [.. json.EnumerateArray()];
        string Text(int i) => parts[i].GetString()!;
        Expression Part(int i) => Expression(parts[i]);
        Expression[] List(int i) => [.. parts[i].EnumerateArray().Select(Expression)];
        return Text(0) switch
        {
            "-inf" => Write.MinusInfinity,
            "number" => Write.Constant(Text(1)),
            "has" => Write.Has(Text(1)),
            "size" => Write.Size(Text(1), parts[2].GetInt32()),
            "at" => Write.Cell(Text(1), List(2)),
            "id" => new Expression.Id(List(1), Text(2)),
            "visible" => new Expression.Visible(List(1), Text(2)),
            "sum" => Write.Sum(Text(1), Part(2), Part(3)),
            "max" => Write.Max(Text(1), Part(2), Part(3)),
            "if" => Write.If(Part(1), Part(2), Part(3)),
            "let" => Write.Let(Text(1), Part(2), Part(3)),
            var function => Write.Function(function, [.. Enumerable.Range(1, parts.Length - 1).Select(Part)]),
        };
    }
}
