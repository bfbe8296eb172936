using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The stage <c>post_processor</c> of a tokenizer.json.</summary>
internal static class PostProcessorJson
{
    public static PostProcessor? Read(JsonItem? item) => item is { } node ? ReadStep(node) : null;

    private static PostProcessor ReadStep(JsonItem node)
    {
        switch (node["type"].Text())
        {
            case "Sequence":
                node.AllowOnly("type", "processors");
                return new PostProcessor.Sequence([.. node["processors"].Items().Select(ReadStep)]);
            case "TemplateProcessing":
                node.AllowOnly("type", "single", "pair", "special_tokens");
                var special = node["special_tokens"].Members().ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);
                var single = ReadTemplate(node["single"], special);
                if (single.Any(part => part is TemplatePart.Text { Second: true })) throw node["single"].Error("asks for the second text of a pair");
                return new PostProcessor.Template(single, ReadTemplate(node["pair"], special));
            case "BertProcessing":
                node.AllowOnly("type", "sep", "cls");
                return new PostProcessor.Bert(ReadMark(node["cls"]), ReadMark(node["sep"]));
            case "RobertaProcessing":
                node.AllowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space");
                return new PostProcessor.Roberta(ReadMark(node["cls"]), ReadMark(node["sep"]), node["trim_offsets"].Flag(), node["add_prefix_space"].Flag());
            case "ByteLevel":
                node.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                _ = node.Optional("use_regex")?.Flag(); // the pre-tokenizer's, and without effect here
                return new PostProcessor.ByteLevel(node["trim_offsets"].Flag(), node["add_prefix_space"].Flag());
            case var other:
                throw node["type"].Error($"is '{other}', a post-processor that is not supported");
        }
    }

    private static PostProcessor.Mark ReadMark(JsonItem pair)
    {
        var parts = pair.Items().ToList();
        return parts.Count == 2 ? new(parts[0].Text(), parts[1].Natural()) : throw pair.Error("must be a token and its id");
    }

    private static List<TemplatePart> ReadTemplate(JsonItem template, Dictionary<string, JsonItem> special)
    {
        var parts = new List<TemplatePart>();
        foreach (var item in template.Items())
        {
            item.AllowOnly("Sequence", "SpecialToken");
            if (item.Count != 1) throw item.Error("must have one of the keys 'Sequence' and 'SpecialToken'");
            var node = item.Optional("Sequence") ?? item["SpecialToken"];
            node.AllowOnly("id", "type_id");
            var type = node["type_id"].Natural();
            if (item.Optional("Sequence") is not null)
            {
                parts.Add(new TemplatePart.Text(node["id"].Choice(("A", false), ("B", true)), type));
                continue;
            }
            var name = node["id"].Text();
            if (!special.TryGetValue(name, out var tokens)) throw node["id"].Error($"is '{name}', which special_tokens does not have");
            tokens.AllowOnly("id", "ids", "tokens");
            tokens["id"].MustBe(name);
            int[] ids = [.. tokens["ids"].Items().Select(id => id.Natural())];
            string[] pieces = [.. tokens["tokens"].Items().Select(piece => piece.Text())];
            if (ids.Length != pieces.Length) throw tokens.Error("has not as many ids as tokens");
            parts.Add(new TemplatePart.Special(name, ids, pieces, type));
        }
        return parts;
    }

    /// <summary>Every special token with its id: what the vocabulary must have.</summary>
    public static IEnumerable<(string Piece, int Id)> Tokens(PostProcessor? processor) => processor switch
    {
        PostProcessor.Sequence(var members) => members.SelectMany(Tokens),
        PostProcessor.Template(var single, var pair) => single.Concat(pair).OfType<TemplatePart.Special>().SelectMany(part => part.Pieces.Zip(part.Ids)),
        PostProcessor.Bert bert => [(bert.Begin.Piece, bert.Begin.Id), (bert.End.Piece, bert.End.Id)],
        PostProcessor.Roberta roberta => [(roberta.Begin.Piece, roberta.Begin.Id), (roberta.End.Piece, roberta.End.Id)],
        _ => [],
    };

    public static void Write(Utf8JsonWriter json, PostProcessor? processor)
    {
        if (processor is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        switch (processor)
        {
            case PostProcessor.Sequence(var members):
                json.WriteString("type", "Sequence");
                json.WriteStartArray("processors");
                foreach (var member in members) Write(json, member);
                json.WriteEndArray();
                break;
            case PostProcessor.Template(var single, var pair):
                json.WriteString("type", "TemplateProcessing");
                WriteTemplate(json, "single", single);
                WriteTemplate(json, "pair", pair);
                WriteSpecial(json, single.Concat(pair).OfType<TemplatePart.Special>().DistinctBy(part => part.Name));
                break;
            case PostProcessor.Bert(var begin, var end):
                json.WriteString("type", "BertProcessing");
                WriteMarks(json, begin, end);
                break;
            case PostProcessor.Roberta roberta:
                json.WriteString("type", "RobertaProcessing");
                WriteMarks(json, roberta.Begin, roberta.End);
                json.WriteBoolean("trim_offsets", roberta.TrimOffsets);
                json.WriteBoolean("add_prefix_space", roberta.AddPrefixSpace);
                break;
            case PostProcessor.ByteLevel(var trim, var prefix):
                json.WriteString("type", "ByteLevel");
                json.WriteBoolean("add_prefix_space", prefix);
                json.WriteBoolean("trim_offsets", trim);
                json.WriteBoolean("use_regex", true);
                break;
            default:
                throw new TokenizerException($"the post-processor {processor} has no form in tokenizer.json");
        }
        json.WriteEndObject();
    }

    private static void WriteMarks(Utf8JsonWriter json, PostProcessor.Mark begin, PostProcessor.Mark end)
    {
        foreach (var (name, mark) in ((string, PostProcessor.Mark)[])[("sep", end), ("cls", begin)])
        {
            json.WriteStartArray(name);
            json.WriteStringValue(mark.Piece);
            json.WriteNumberValue(mark.Id);
            json.WriteEndArray();
        }
    }

    private static void WriteTemplate(Utf8JsonWriter json, string name, IReadOnlyList<TemplatePart> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteStartObject(part is TemplatePart.Text ? "Sequence" : "SpecialToken");
            json.WriteString("id", part is TemplatePart.Text(var second, _) ? second ? "B" : "A" : ((TemplatePart.Special)part).Name);
            json.WriteNumber("type_id", part.TypeId);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSpecial(Utf8JsonWriter json, IEnumerable<TemplatePart.Special> parts)
    {
        json.WriteStartObject("special_tokens");
        foreach (var part in parts)
        {
            json.WriteStartObject(part.Name);
            json.WriteString("id", part.Name);
            json.WriteStartArray("ids");
            foreach (var id in part.Ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            foreach (var piece in part.Pieces) json.WriteStringValue(piece);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
