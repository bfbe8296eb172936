using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The stage <c>decoder</c> of a tokenizer.json. Without one, pieces are put together with spaces.</summary>
internal static class DecoderJson
{
    public static Decoder Read(JsonItem? item)
    {
        if (item is not { } node) return new Decoder.Joined();
        var fused = false;
        var steps = ReadSteps(node, ref fused);
        return node["type"].Text() == "Sequence" ? new Decoder.Sequence(steps) : steps[0];
    }

    private static List<Decoder> ReadSteps(JsonItem node, ref bool fused)
    {
        if (node["type"].Text() != "Sequence") return [ReadStep(node, ref fused)];
        node.AllowOnly("type", "decoders");
        var steps = new List<Decoder>();
        foreach (var member in node["decoders"].Items()) steps.AddRange(ReadSteps(member, ref fused));
        return steps;
    }

    private static Decoder ReadStep(JsonItem node, ref bool fused)
    {
        var type = node["type"].Text();
        switch (type)
        {
            case "Fuse":
                node.AllowOnly("type");
                fused = true;
                return new Decoder.Fuse();
            case "Strip":
                node.AllowOnly("type", "content", "start", "stop");
                var character = node["content"].Character();
                if (!character.IsBmp) throw node["content"].Error("is a character outside the Basic Multilingual Plane, and that is not supported");
                var (start, stop) = (node["start"].Natural(), node["stop"].Natural());
                return fused ? new Decoder.Strip((char)character.Value, start, stop) : new Decoder.StripPieces((char)character.Value, start, stop);
            case "Replace":
                node.AllowOnly("type", "pattern", "content");
                var pattern = PatternJson.Read(node["pattern"]);
                if (pattern.IsRegex) throw node["pattern"].Error("is a regular expression, which is not supported in a decoder");
                if (pattern.Text.Length == 0) throw node["pattern"].Error("is empty");
                // Over the fused text a longer one could be found across pieces.
                if (fused && pattern.Text.Length > 1) throw node.Error("comes after Fuse, where only a single character can be replaced here");
                return new Decoder.Replace(pattern.Text, node["content"].Text());
        }
        if (fused) throw node["type"].Error($"is '{type}' after Fuse, and only Strip and Replace are supported there");
        switch (type)
        {
            case "ByteLevel":
                node.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                foreach (var key in (string[])["add_prefix_space", "trim_offsets", "use_regex"]) _ = node.Optional(key)?.Flag(); // without effect on the way back
                return new Decoder.ByteLevel();
            case "ByteFallback":
                node.AllowOnly("type");
                return new Decoder.ByteFallback();
            case "WordPiece":
                node.AllowOnly("type", "prefix", "cleanup");
                return new Decoder.WordPiece(node["prefix"].Text(), node["cleanup"].Flag());
            case "Metaspace":
                var (replacement, prepend, _) = PreTokenizerJson.ReadMetaspace(node);
                return new Decoder.MetaspacePieces(replacement, prepend);
            case "BPEDecoder":
                node.AllowOnly("type", "suffix");
                return node["suffix"].Text() is { Length: > 0 } suffix ? new Decoder.SuffixAsSpace(suffix) : throw node["suffix"].Error("is empty");
            default:
                throw node["type"].Error($"is '{type}', a decoder that is not supported");
        }
    }

    public static void Write(Utf8JsonWriter json, Decoder decoder)
    {
        var steps = decoder.Flattened.ToList();
        if (steps is [Decoder.Joined])
        {
            json.WriteNullValue();
            return;
        }
        if (decoder is not Decoder.Sequence)
        {
            WriteStep(json, steps[0]);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        foreach (var step in steps) WriteStep(json, step);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, Decoder step)
    {
        json.WriteStartObject();
        switch (step)
        {
            case Decoder.Fuse:
                json.WriteString("type", "Fuse");
                break;
            case Decoder.ByteFallback:
                json.WriteString("type", "ByteFallback");
                break;
            case Decoder.ByteLevel:
                json.WriteString("type", "ByteLevel");
                json.WriteBoolean("add_prefix_space", true);
                json.WriteBoolean("trim_offsets", true);
                json.WriteBoolean("use_regex", true);
                break;
            case Decoder.WordPiece(var prefix, var cleanup):
                json.WriteString("type", "WordPiece");
                json.WriteString("prefix", prefix);
                json.WriteBoolean("cleanup", cleanup);
                break;
            case Decoder.MetaspacePieces(var replacement, var prepend):
                PreTokenizerJson.WriteMetaspace(json, replacement, prepend, split: true);
                break;
            case Decoder.SuffixAsSpace(var suffix):
                json.WriteString("type", "BPEDecoder");
                json.WriteString("suffix", suffix);
                break;
            case Decoder.Replace(var pattern, var content):
                json.WriteString("type", "Replace");
                PatternJson.Write(json, TextPattern.Literal(pattern));
                json.WriteString("content", content);
                break;
            case Decoder.Strip(var character, var start, var stop):
                WriteStrip(json, character, start, stop);
                break;
            case Decoder.StripPieces(var character, var start, var stop):
                WriteStrip(json, character, start, stop);
                break;
            default:
                throw new TokenizerException($"the decoder {step} has no form in tokenizer.json");
        }
        json.WriteEndObject();
    }

    private static void WriteStrip(Utf8JsonWriter json, char character, int start, int stop)
    {
        json.WriteString("type", "Strip");
        json.WriteString("content", character.ToString());
        json.WriteNumber("start", start);
        json.WriteNumber("stop", stop);
    }
}
