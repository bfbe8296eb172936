using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>A <c>pattern</c>: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternJson
{
    public static TextPattern Read(JsonItem node)
    {
        node.AllowOnly("String", "Regex");
        if (node.Count != 1) throw node.Error("must have one of the keys 'String' and 'Regex'");
        if (node.Optional("String") is { } literal) return TextPattern.Literal(literal.Text());
        var expression = node["Regex"];
        try
        {
            return TextPattern.Regex(expression.Text());
        }
        catch (TokenizerException error) when (error.File is null)
        {
            throw expression.Error($"is '{expression.Text()}', a pattern that is not supported", error);
        }
    }

    public static void Write(Utf8JsonWriter json, TextPattern pattern)
    {
        json.WriteStartObject("pattern");
        json.WriteString(pattern.IsRegex ? "Regex" : "String", pattern.Text);
        json.WriteEndObject();
    }
}
