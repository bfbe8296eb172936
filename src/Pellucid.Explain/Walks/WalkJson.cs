using System.Text.Json;
using Pellucid.Explain.Languages;

namespace Pellucid.Explain.Walks;

/// <summary>The steps of a walk as JSON, with their texts in every language; the page shows them as they are.</summary>
internal static class WalkJson
{
    /// <summary>All steps of a walk as an array.</summary>
    public static void Write(Utf8JsonWriter json, Walk walk) => Write(json, walk.Steps);

    /// <summary>An array of steps.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<WalkStep> steps)
    {
        json.WriteStartArray();
        foreach (var step in steps)
            Write(json, step);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, WalkStep step)
    {
        json.WriteStartObject();
        json.WriteString("id", step.Id);
        json.WriteString("section", step.Section);
        Optional(json, "tensor", step.Tensor);
        Optional(json, "rows", step.Rows);
        Optional(json, "columns", step.Columns);
        Optional(json, "formula", step.Formula);
        Texts(json, "place", step.Place);
        Texts(json, "title", step.Title);
        Texts(json, "sentence", step.Sentence);
        Optional(json, "shapes", step.Shapes);
        if (step.Layer is { } layer)
            json.WriteNumber("layer", layer);
        if (step.Number is { } number)
            json.WriteNumber("number", number);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, Func<Language, string> text)
    {
        json.WriteStartObject(name);
        foreach (var language in Language.All)
            json.WriteString(language.Code, text(language));
        json.WriteEndObject();
    }

    private static void Optional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
