using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary><c>truncation</c> and <c>padding</c> of a tokenizer.json: read in full and kept, not applied.</summary>
internal static class BatchJson
{
    private static readonly (string, bool)[] Directions = [("Right", false), ("Left", true)];

    public static Truncation? ReadTruncation(JsonItem? item)
    {
        if (item is not { } node) return null;
        node.AllowOnly("direction", "max_length", "strategy", "stride");
        var strategy = node["strategy"].Choice(("LongestFirst", "LongestFirst"), ("OnlyFirst", "OnlyFirst"), ("OnlySecond", "OnlySecond"));
        return new(node["max_length"].Natural(), strategy, node["stride"].Natural(), node.Optional("direction")?.Choice(Directions) ?? false);
    }

    public static Padding? ReadPadding(JsonItem? item)
    {
        if (item is not { } node) return null;
        node.AllowOnly("strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token");
        int? length = null;
        if (node["strategy"].IsString) node["strategy"].MustBe("BatchLongest");
        else
        {
            node["strategy"].AllowOnly("Fixed");
            length = node["strategy"]["Fixed"].Natural();
        }
        return new(node["pad_token"].Text(), node["pad_id"].Natural(), node["pad_type_id"].Natural(), length,
            node.Optional("pad_to_multiple_of")?.Natural(), node["direction"].Choice(Directions));
    }

    public static void Write(Utf8JsonWriter json, Truncation? truncation, Padding? padding)
    {
        if (truncation is null) json.WriteNull("truncation");
        else
        {
            json.WriteStartObject("truncation");
            json.WriteString("direction", truncation.Left ? "Left" : "Right");
            json.WriteNumber("max_length", truncation.MaximumLength);
            json.WriteString("strategy", truncation.Strategy);
            json.WriteNumber("stride", truncation.Stride);
            json.WriteEndObject();
        }
        if (padding is null)
        {
            json.WriteNull("padding");
            return;
        }
        json.WriteStartObject("padding");
        if (padding.Length is { } length)
        {
            json.WriteStartObject("strategy");
            json.WriteNumber("Fixed", length);
            json.WriteEndObject();
        }
        else json.WriteString("strategy", "BatchLongest");
        json.WriteString("direction", padding.Left ? "Left" : "Right");
        if (padding.MultipleOf is { } multiple) json.WriteNumber("pad_to_multiple_of", multiple);
        else json.WriteNull("pad_to_multiple_of");
        json.WriteNumber("pad_id", padding.Id);
        json.WriteNumber("pad_type_id", padding.TypeId);
        json.WriteString("pad_token", padding.Token);
        json.WriteEndObject();
    }
}
