using System.Text.Json;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// Reads the part of Hugging Face's tokenizer.json that has a meaning here, and refuses the rest by name: a key or a type that
/// is not understood could change what ids mean.
/// </summary>
internal static class TokenizerReader
{
    private const long LargestFile = 128L << 20;

    public static Tokenizer Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (stream.Length > LargestFile)
                throw new TokenizerException(FormattableString.Invariant(
                    $"the file has {stream.Length} bytes; a tokenizer.json of more than {LargestFile} is not read"), path);
            using var document = JsonDocument.Parse(stream, new() { AllowDuplicateProperties = false });
            return Read(new JsonItem(document.RootElement, "", path));
        }
        catch (JsonException error)
        {
            throw new TokenizerException("not a tokenizer.json: " + error.Message, path, error.LineNumber + 1, error);
        }
        catch (InvalidOperationException error) // a lone surrogate, escaped
        {
            throw new TokenizerException("not a tokenizer.json: it holds text that is not valid Unicode", path, null, error);
        }
        catch (TokenizerException error) when (error.File is null)
        {
            throw new TokenizerException(error.Message, path, null, error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerException("there is no such file; a tokenizer is one tokenizer.json", path, null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the file cannot be read: " + error.Message, path, null, error);
        }
    }

    private static Tokenizer Read(JsonItem root)
    {
        root.AllowOnly("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        root["version"].MustBe("1.0");
        foreach (var key in (string[])["truncation", "padding", "post_processor"])
            if (root.Optional(key) is { } set) throw set.Error("is set, and that is not supported: begin and end of sentence are added by the model");
        var model = root["model"];
        var (spacing, normalizer) = ReadNormalizer(root.Optional("normalizer"));
        if (spacing is null) spacing = ReadSpacing(root, model);
        var preTokenizer = ReadPreTokenizer(root["pre_tokenizer"], spacing);
        var vocabulary = ReadVocabulary(root, model);
        var read = ReadModel(model, vocabulary, spacing);
        var byteFallback = read is BpeModel { ByteFallback: true };
        CheckDecoder(root["decoder"], spacing, byteFallback);
        return new(normalizer, preTokenizer, spacing, read);
    }

    private static (Spacing? Spacing, Normalizer Normalizer) ReadNormalizer(JsonItem? item)
    {
        if (item is not { } node) return (null, Normalizer.None);
        List<JsonItem> steps = [node];
        if (node["type"].Text() == "Sequence")
        {
            node.AllowOnly("type", "normalizers");
            steps = [.. node["normalizers"].Items()];
        }
        Spacing? spacing = null;
        if (steps.Count >= 2 && steps[^2]["type"].Text() == "Prepend")
        {
            steps[^2].AllowOnly("type", "prepend");
            steps[^2]["prepend"].MustBe(Spacing.MetaspaceCharacter.ToString());
            CheckReplace(steps[^1], "String", " ", Spacing.MetaspaceCharacter.ToString());
            spacing = new Spacing.Metaspace();
            steps.RemoveRange(steps.Count - 2, 2);
        }
        var members = steps.ConvertAll(ReadNormalizerStep);
        return (spacing, members.Count switch { 0 => Normalizer.None, 1 => members[0], _ => new Normalizer.Sequence(members) });
    }

    private static Normalizer ReadNormalizerStep(JsonItem step)
    {
        Normalizer? plain = step["type"].Text() switch
        {
            "NFC" => new Normalizer.Nfc(),
            "NFD" => new Normalizer.Nfd(),
            "NFKC" => new Normalizer.Nfkc(),
            "NFKD" => new Normalizer.Nfkd(),
            "Lowercase" => new Normalizer.Lowercase(),
            "StripAccents" => new Normalizer.StripAccents(),
            _ => null,
        };
        if (plain is not null)
        {
            step.AllowOnly("type");
            return plain;
        }
        switch (step["type"].Text())
        {
            case "Strip":
                step.AllowOnly("type", "strip_left", "strip_right");
                if (!step["strip_left"].Flag() || !step["strip_right"].Flag()) throw step.Error("strips one side only, and that is not supported");
                return new Normalizer.Strip();
            case "Replace":
                CheckReplace(step, "Regex", @"\s+", " ");
                return new Normalizer.CollapseWhitespace();
            case var other:
                throw step["type"].Error($"is '{other}', a normalizer that is not supported");
        }
    }

    private static Spacing ReadSpacing(JsonItem root, JsonItem model)
    {
        if (model["type"].Text() == "BPE" && model.Optional("end_of_word_suffix") is { } suffix)
        {
            if (suffix.Text().Length == 0) throw suffix.Error("is empty");
            return new Spacing.EndOfWord(suffix.Text());
        }
        return root.Optional("decoder") is null ? new Spacing.Joined() : new Spacing.Verbatim();
    }

    private static PreTokenizer ReadPreTokenizer(JsonItem node, Spacing spacing)
    {
        switch (node["type"].Text())
        {
            case "WhitespaceSplit":
                node.AllowOnly("type");
                return new PreTokenizer.WhitespaceSplit();
            case "Split":
                node.AllowOnly("type", "pattern", "behavior", "invert");
                node["behavior"].MustBe("Isolated");
                node["invert"].MustBeNullOrFalse();
                node["pattern"].AllowOnly("Regex");
                var pattern = node["pattern"]["Regex"];
                return SplitPattern.Parse(pattern.Text(), spacing) ?? throw pattern.Error($"is '{pattern.Text()}', a pattern that is not supported");
            case var other:
                throw node["type"].Error($"is '{other}', a pre-tokenizer that is not supported");
        }
    }

    private static Vocabulary ReadVocabulary(JsonItem root, JsonItem model)
    {
        var entries = model["vocab"];
        var pieces = new string?[entries.Count];
        foreach (var (piece, idItem) in entries.Members())
        {
            var id = idItem.Integer();
            if ((uint)id >= (uint)pieces.Length)
                throw idItem.Error(FormattableString.Invariant($"has the id {id}, and {pieces.Length} pieces have the ids 0 to {pieces.Length - 1}"));
            if (pieces[id] is { } other) throw idItem.Error(FormattableString.Invariant($"has the id {id}, which '{other}' has already"));
            pieces[id] = piece;
        }
        List<string> special = [];
        foreach (var token in root["added_tokens"].Items())
        {
            token.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            foreach (var key in (string[])["single_word", "lstrip", "rstrip"])
                if (token.Optional(key) is { } flag) flag.MustBeNullOrFalse();
            var id = token["id"].Integer();
            var content = token["content"].Text();
            if (id != special.Count || id >= pieces.Length || pieces[id] != content)
                throw token.Error(FormattableString.Invariant(
                    $"is '{content}' with id {id}; added tokens must have the ids 0, 1, 2, ... in order, and stand in model.vocab with the same ids"));
            special.Add(content);
        }
        if (special.Count < 4)
            throw root["added_tokens"].Error("must begin with four special tokens: padding, begin of sentence, end of sentence, unknown");
        model["unk_token"].MustBe(special[3]);
        return new Vocabulary(pieces!, new SpecialTokens
        {
            Padding = special[0], BeginOfSentence = special[1], EndOfSentence = special[2], Unknown = special[3], Additional = special[4..],
        });
    }

    private static TokenizerModel ReadModel(JsonItem model, Vocabulary vocabulary, Spacing spacing)
    {
        switch (model["type"].Text())
        {
            case "WordLevel":
                model.AllowOnly("type", "vocab", "unk_token");
                return new WordModel(vocabulary, spacing);
            case "BPE":
                model.AllowOnly("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
                    "byte_fallback", "ignore_merges", "vocab", "merges");
                foreach (var key in (string[])["dropout", "continuing_subword_prefix", "fuse_unk", "ignore_merges"])
                    if (model.Optional(key) is { } set) set.MustBeNullOrFalse();
                if (spacing is Spacing.Metaspace && model.Optional("end_of_word_suffix") is { } suffix)
                    throw suffix.Error("is set beside U+2581 for spaces, and that is not supported");
                var byteFallback = model.Optional("byte_fallback")?.Flag() ?? false;
                return new BpeModel(vocabulary, [.. model["merges"].Items().Select(ReadMerge)], spacing, byteFallback);
            case var other:
                throw model["type"].Error($"is '{other}', a model that is not supported");
        }
    }

    private static MergePair ReadMerge(JsonItem merge)
    {
        string[] parts = merge.IsString ? merge.Text().Split(' ') : [.. merge.Items().Select(part => part.Text())];
        return parts.Length == 2 ? new(parts[0], parts[1]) : throw merge.Error("must name two pieces");
    }

    private static void CheckDecoder(JsonItem node, Spacing spacing, bool byteFallback)
    {
        if (spacing is Spacing.Joined) return; // known by its absence
        if (spacing is Spacing.EndOfWord(var marker))
        {
            node.AllowOnly("type", "suffix");
            node["type"].MustBe("BPEDecoder");
            node["suffix"].MustBe(marker);
            return;
        }
        node.AllowOnly("type", "decoders");
        node["type"].MustBe("Sequence");
        var steps = node["decoders"].Items().ToList();
        var expected = new List<string>();
        if (spacing is Spacing.Metaspace) expected.Add("Replace");
        if (byteFallback) expected.Add("ByteFallback");
        expected.Add("Fuse");
        if (spacing is Spacing.Metaspace) expected.Add("Strip");
        if (!steps.Select(step => step["type"].Text()).SequenceEqual(expected))
            throw node.Error($"must be the steps {string.Join(", ", expected)}: others are not supported for this model");
        foreach (var step in steps) CheckDecoderStep(step);
    }

    private static void CheckDecoderStep(JsonItem step)
    {
        switch (step["type"].Text())
        {
            case "Replace":
                CheckReplace(step, "String", Spacing.MetaspaceCharacter.ToString(), " ");
                break;
            case "Strip":
                step.AllowOnly("type", "content", "start", "stop");
                step["content"].MustBe(" ");
                if (step["start"].Integer() != 1 || step["stop"].Integer() != 0) throw step.Error("must strip one space at the start and none at the end");
                break;
            default:
                step.AllowOnly("type");
                break;
        }
    }

    private static void CheckReplace(JsonItem step, string kind, string pattern, string content)
    {
        step.AllowOnly("type", "pattern", "content");
        step["type"].MustBe("Replace");
        step["pattern"].AllowOnly(kind);
        step["pattern"][kind].MustBe(pattern);
        step["content"].MustBe(content);
    }
}
