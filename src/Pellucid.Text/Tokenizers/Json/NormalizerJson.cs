using System.Text.Json;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The stage <c>normalizer</c> of a tokenizer.json.</summary>
internal static class NormalizerJson
{
    public static Normalizer Read(JsonItem? item) => item is { } node ? Of(ReadSteps(node)) : Normalizer.None;

    public static Normalizer Of(IReadOnlyList<Normalizer> members) =>
        members switch { [] => Normalizer.None, [var only] => only, _ => new Normalizer.Sequence(members) };

    /// <summary>The members of sequences in sequences, one after the other.</summary>
    public static IReadOnlyList<Normalizer> Flatten(Normalizer normalizer) =>
        normalizer is Normalizer.Sequence(var members) ? [.. members.SelectMany(Flatten)] : [normalizer];

    public static List<Normalizer> ReadSteps(JsonItem node)
    {
        if (node["type"].Text() != "Sequence") return [ReadStep(node)];
        node.AllowOnly("type", "normalizers");
        return [.. node["normalizers"].Items().SelectMany(ReadSteps)];
    }

    private static Normalizer ReadStep(JsonItem node)
    {
        var type = node["type"].Text();
        Normalizer? plain = type switch
        {
            "NFC" => new Normalizer.Nfc(),
            "NFD" => new Normalizer.Nfd(),
            "NFKC" => new Normalizer.Nfkc(),
            "NFKD" => new Normalizer.Nfkd(),
            "Lowercase" => new Normalizer.Lowercase(),
            "StripAccents" => new Normalizer.StripAccents(),
            "Nmt" => new Normalizer.Nmt(),
            "ByteLevel" => new Normalizer.ByteSpelling(),
            _ => null,
        };
        if (plain is not null)
        {
            node.AllowOnly("type");
            return plain;
        }
        switch (type)
        {
            case "Strip":
                node.AllowOnly("type", "strip_left", "strip_right");
                return new Normalizer.Strip(node["strip_left"].Flag(), node["strip_right"].Flag());
            case "Replace":
                node.AllowOnly("type", "pattern", "content");
                var replace = new Normalizer.Replace(PatternJson.Read(node["pattern"]), node["content"].Text());
                return replace == Collapse ? new Normalizer.CollapseWhitespace() : replace;
            case "Prepend":
                node.AllowOnly("type", "prepend");
                return new Normalizer.Prepend(node["prepend"].Text());
            case "BertNormalizer":
                node.AllowOnly("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
                return new Normalizer.Bert(node["clean_text"].Flag(), node["handle_chinese_chars"].Flag(),
                    node.Optional("strip_accents")?.Flag(), node["lowercase"].Flag());
            case "Precompiled":
                node.AllowOnly("type", "precompiled_charsmap");
                return new Normalizer.Precompiled(node["precompiled_charsmap"].Base64());
            default:
                throw node["type"].Error($"is '{type}', a normalizer that is not supported");
        }
    }

    private static readonly Normalizer.Replace Collapse = new(TextPattern.Regex(@"\s+"), " ");

    public static void Write(Utf8JsonWriter json, IReadOnlyList<Normalizer> members)
    {
        if (members.Count == 0)
        {
            json.WriteNullValue();
            return;
        }
        if (members.Count == 1)
        {
            WriteStep(json, members[0]);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        foreach (var member in members) WriteStep(json, member);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, Normalizer normalizer)
    {
        json.WriteStartObject();
        json.WriteString("type", normalizer switch
        {
            Normalizer.Nfc => "NFC",
            Normalizer.Nfd => "NFD",
            Normalizer.Nfkc => "NFKC",
            Normalizer.Nfkd => "NFKD",
            Normalizer.Lowercase => "Lowercase",
            Normalizer.StripAccents => "StripAccents",
            Normalizer.Nmt => "Nmt",
            Normalizer.ByteSpelling => "ByteLevel",
            Normalizer.Strip => "Strip",
            Normalizer.Replace or Normalizer.CollapseWhitespace => "Replace",
            Normalizer.Prepend => "Prepend",
            Normalizer.Bert => "BertNormalizer",
            Normalizer.Precompiled => "Precompiled",
            _ => throw new TokenizerException($"the normalizer {normalizer} has no form in tokenizer.json"),
        });
        switch (normalizer)
        {
            case Normalizer.Strip(var left, var right):
                json.WriteBoolean("strip_left", left);
                json.WriteBoolean("strip_right", right);
                break;
            case Normalizer.Replace(var pattern, var content):
                PatternJson.Write(json, pattern);
                json.WriteString("content", content);
                break;
            case Normalizer.CollapseWhitespace:
                PatternJson.Write(json, Collapse.Pattern);
                json.WriteString("content", Collapse.Content);
                break;
            case Normalizer.Prepend(var content):
                json.WriteString("prepend", content);
                break;
            case Normalizer.Precompiled compiled:
                json.WriteBase64String("precompiled_charsmap", compiled.Map);
                break;
            case Normalizer.Bert bert:
                json.WriteBoolean("clean_text", bert.CleanText);
                json.WriteBoolean("handle_chinese_chars", bert.SeparateIdeographs);
                if (bert.RemoveAccents is { } accents) json.WriteBoolean("strip_accents", accents);
                else json.WriteNull("strip_accents");
                json.WriteBoolean("lowercase", bert.LowerCase);
                break;
        }
        json.WriteEndObject();
    }
}
