using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// The stage <c>pre_tokenizer</c> of a tokenizer.json. Its ByteLevel is two members here, the cutting and the spelling of bytes
/// (<see cref="PreTokenizer.ByteSpelling"/>); where the model reads bytes itself, the reader of the model drops the second.
/// </summary>
internal static class PreTokenizerJson
{
    public static PreTokenizer Read(JsonItem? item) => item is { } node ? PreTokenizer.Of(ReadSteps(node)) : PreTokenizer.Whole;

    private static List<PreTokenizer> ReadSteps(JsonItem node)
    {
        switch (node["type"].Text())
        {
            case "Sequence":
                node.AllowOnly("type", "pretokenizers");
                return [.. node["pretokenizers"].Items().SelectMany(ReadSteps)];
            case "ByteLevel":
                node.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                _ = node.Optional("trim_offsets")?.Flag(); // the post-processor's, and without effect here
                var prefix = node["add_prefix_space"].Flag();
                var cuts = node.Optional("use_regex")?.Flag() ?? true;
                return prefix || cuts ? [new PreTokenizer.ByteLevel(prefix, cuts), new PreTokenizer.ByteSpelling()] : [new PreTokenizer.ByteSpelling()];
            default:
                return [ReadStep(node)];
        }
    }

    private static PreTokenizer ReadStep(JsonItem node)
    {
        switch (node["type"].Text())
        {
            case "BertPreTokenizer":
                node.AllowOnly("type");
                return new PreTokenizer.Bert();
            case "Whitespace":
                node.AllowOnly("type");
                return new PreTokenizer.WordsOrSigns();
            case "WhitespaceSplit":
                node.AllowOnly("type");
                return new PreTokenizer.WhitespaceSplit();
            case "Punctuation":
                node.AllowOnly("type", "behavior");
                return new PreTokenizer.Punctuation(node.Optional("behavior") is { } behavior ? ReadBehavior(behavior) : SplitBehavior.Isolated);
            case "Digits":
                node.AllowOnly("type", "individual_digits");
                return new PreTokenizer.Digits(node["individual_digits"].Flag());
            case "CharDelimiterSplit":
                node.AllowOnly("type", "delimiter");
                return new PreTokenizer.Delimiter(node["delimiter"].Character());
            case "FixedLength":
                node.AllowOnly("type", "length");
                var length = node["length"].Integer();
                return length > 0 ? new PreTokenizer.FixedLength(length) : throw node["length"].Error("must be at least 1");
            case "Metaspace":
                var (replacement, prepend, split) = ReadMetaspace(node);
                return new PreTokenizer.Metaspace(prepend, split) { Replacement = replacement };
            case "Split":
                node.AllowOnly("type", "pattern", "behavior", "invert");
                var pattern = PatternJson.Read(node["pattern"]);
                var cut = new PreTokenizer.PatternSplit(pattern, ReadBehavior(node["behavior"]), node["invert"].Flag());
                // Where the matches cover the text, these two say the same, and the pre-tokenizer that finds them says it too.
                return pattern.Scanner is { } scanner && (cut.Behavior, cut.Invert) is (SplitBehavior.Isolated, false) or (SplitBehavior.Removed, true)
                    ? pattern.Scanner : cut;
            case var other:
                throw node["type"].Error($"is '{other}', a pre-tokenizer that is not supported");
        }
    }

    /// <summary>The fields of Metaspace, which is a pre-tokenizer and a decoder; older files say add_prefix_space.</summary>
    public static (char Replacement, PrependScheme Prepend, bool Split) ReadMetaspace(JsonItem node)
    {
        node.AllowOnly("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep");
        _ = node.Optional("str_rep")?.Text(); // the replacement once more
        var replacement = node["replacement"].Character();
        if (!replacement.IsBmp) throw node["replacement"].Error("is a character outside the Basic Multilingual Plane, and that is not supported");
        var added = node.Optional("add_prefix_space")?.Flag();
        var scheme = node.Optional("prepend_scheme") is { } item
            ? item.Choice(("always", PrependScheme.Always), ("never", PrependScheme.Never), ("first", PrependScheme.First))
            : added ?? true ? PrependScheme.Always : PrependScheme.Never;
        if (added == false && scheme != PrependScheme.Never) throw node.Error("has add_prefix_space false, which contradicts its prepend_scheme");
        return ((char)replacement.Value, scheme, node.Optional("split")?.Flag() ?? true);
    }

    private static SplitBehavior ReadBehavior(JsonItem item) => item.Choice(
        [.. Enum.GetValues<SplitBehavior>().Select(behavior => (behavior.ToString(), behavior))]);

    /// <param name="json">Where to.</param>
    /// <param name="preTokenizer">What is written.</param>
    /// <param name="readsBytes">Whether the model knows bytes, so that their spelling is to be added.</param>
    public static void Write(Utf8JsonWriter json, PreTokenizer preTokenizer, bool readsBytes)
    {
        var members = preTokenizer.Flattened.ToList();
        if (readsBytes) members.Add(new PreTokenizer.ByteSpelling());
        var steps = new List<Action>();
        for (var i = 0; i < members.Count; i++)
        {
            var member = members[i];
            if (member is PreTokenizer.ByteLevel level)
            {
                if (i + 1 == members.Count || members[i + 1] is not PreTokenizer.ByteSpelling)
                    throw new TokenizerException("ByteLevel has a form in tokenizer.json only where the model reads bytes");
                steps.Add(() => WriteByteLevel(json, level.AddPrefixSpace, level.UsePattern));
                i++;
            }
            else if (member is PreTokenizer.ByteSpelling) steps.Add(() => WriteByteLevel(json, false, false));
            else steps.Add(() => WriteStep(json, member));
        }
        if (steps.Count == 0) json.WriteNullValue();
        else if (steps.Count == 1) steps[0]();
        else
        {
            json.WriteStartObject();
            json.WriteString("type", "Sequence");
            json.WriteStartArray("pretokenizers");
            foreach (var step in steps) step();
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool prefix, bool cuts)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", prefix);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", cuts);
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, PreTokenizer member)
    {
        json.WriteStartObject();
        switch (member)
        {
            case PreTokenizer.Bert:
                json.WriteString("type", "BertPreTokenizer");
                break;
            case PreTokenizer.WordsOrSigns:
                json.WriteString("type", "Whitespace");
                break;
            case PreTokenizer.WhitespaceSplit:
                json.WriteString("type", "WhitespaceSplit");
                break;
            case PreTokenizer.Punctuation(var behavior):
                json.WriteString("type", "Punctuation");
                json.WriteString("behavior", behavior.ToString());
                break;
            case PreTokenizer.Digits(var individual):
                json.WriteString("type", "Digits");
                json.WriteBoolean("individual_digits", individual);
                break;
            case PreTokenizer.Delimiter(var character):
                json.WriteString("type", "CharDelimiterSplit");
                json.WriteString("delimiter", character.ToString());
                break;
            case PreTokenizer.FixedLength(var length):
                json.WriteString("type", "FixedLength");
                json.WriteNumber("length", length);
                break;
            case PreTokenizer.Metaspace metaspace:
                WriteMetaspace(json, metaspace.Replacement, metaspace.Prepend, metaspace.Split);
                break;
            case PreTokenizer.PatternSplit(var pattern, var behavior, var invert):
                WriteSplit(json, pattern, behavior, invert);
                break;
            default:
                var expression = SplitPattern.Of(member, new Spacing.Verbatim())
                    ?? throw new TokenizerException($"the pre-tokenizer {member} has no form in tokenizer.json");
                WriteSplit(json, TextPattern.Regex(expression), SplitBehavior.Isolated, false);
                break;
        }
        json.WriteEndObject();
    }

    public static void WriteMetaspace(Utf8JsonWriter json, char replacement, PrependScheme prepend, bool split)
    {
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", replacement.ToString());
        json.WriteString("prepend_scheme", prepend switch { PrependScheme.Always => "always", PrependScheme.Never => "never", _ => "first" });
        json.WriteBoolean("split", split);
    }

    private static void WriteSplit(Utf8JsonWriter json, TextPattern pattern, SplitBehavior behavior, bool invert)
    {
        json.WriteString("type", "Split");
        PatternJson.Write(json, pattern);
        json.WriteString("behavior", behavior.ToString());
        json.WriteBoolean("invert", invert);
    }
}
