using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// Writes tokenizer.json as Hugging Face's tokenizers (0.13 and later) read it. Metaspace is written as the two normalizers
/// Prepend and Replace, which unlike their Metaspace pre-tokenizer lose no leading space.
/// </summary>
internal static class TokenizerWriter
{
    public static void Write(Tokenizer tokenizer, string path)
    {
        try
        {
            AtomicFile.Write(path, stream => Write(tokenizer, stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException("the tokenizer cannot be written: " + error.Message, path, null, error);
        }
    }

    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new()
        {
            Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json, tokenizer.Vocabulary);
        json.WritePropertyName("normalizer");
        WriteNormalizers(json, [.. Normalizers(tokenizer.Normalizer, tokenizer.Spacing)]);
        json.WritePropertyName("pre_tokenizer");
        WritePreTokenizer(json, tokenizer);
        json.WriteNull("post_processor");
        json.WritePropertyName("decoder");
        WriteDecoder(json, tokenizer);
        json.WritePropertyName("model");
        WriteModel(json, tokenizer);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in vocabulary.SpecialTokens.All)
        {
            json.WriteStartObject();
            json.WriteNumber("id", vocabulary.IdOf(token));
            json.WriteString("content", token);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static IEnumerable<Action<Utf8JsonWriter>> Normalizers(Normalizer normalizer, Spacing spacing)
    {
        foreach (var member in Flatten(normalizer)) yield return member;
        if (spacing is not Spacing.Metaspace) yield break;
        yield return json =>
        {
            json.WriteString("type", "Prepend");
            json.WriteString("prepend", Spacing.MetaspaceCharacter.ToString());
        };
        yield return json => Replace(json, "String", " ", Spacing.MetaspaceCharacter.ToString());
    }

    private static IEnumerable<Action<Utf8JsonWriter>> Flatten(Normalizer normalizer) => normalizer switch
    {
        Normalizer.Sequence(var members) => members.SelectMany(Flatten),
        Normalizer.Nfc => [json => json.WriteString("type", "NFC")],
        Normalizer.Nfd => [json => json.WriteString("type", "NFD")],
        Normalizer.Nfkc => [json => json.WriteString("type", "NFKC")],
        Normalizer.Nfkd => [json => json.WriteString("type", "NFKD")],
        Normalizer.Lowercase => [json => json.WriteString("type", "Lowercase")],
        Normalizer.StripAccents => [json => json.WriteString("type", "StripAccents")],
        Normalizer.CollapseWhitespace => [json => Replace(json, "Regex", @"\s+", " ")],
        Normalizer.Strip => [json =>
        {
            json.WriteString("type", "Strip");
            json.WriteBoolean("strip_left", true);
            json.WriteBoolean("strip_right", true);
        }],
        _ => throw new TokenizerException($"the normalizer {normalizer} has no form in tokenizer.json"),
    };

    private static void WriteNormalizers(Utf8JsonWriter json, IReadOnlyList<Action<Utf8JsonWriter>> members)
    {
        if (members.Count == 0) json.WriteNullValue();
        else if (members.Count == 1) WriteObject(json, members[0]);
        else WriteObject(json, _ => WriteSequence(json, "normalizers", members));
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        if (tokenizer.PreTokenizer is PreTokenizer.WhitespaceSplit)
        {
            WriteObject(json, _ => json.WriteString("type", "WhitespaceSplit"));
            return;
        }
        var pattern = SplitPattern.Of(tokenizer.PreTokenizer, tokenizer.Spacing)
            ?? throw new TokenizerException($"the pre-tokenizer {tokenizer.PreTokenizer} has no form in tokenizer.json");
        WriteObject(json, _ =>
        {
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
        });
    }

    private static void WriteDecoder(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        List<Action<Utf8JsonWriter>> steps = [];
        if (tokenizer.Spacing is Spacing.Joined)
        {
            json.WriteNullValue(); // without a decoder, pieces are joined with spaces
            return;
        }
        if (tokenizer.Spacing is Spacing.EndOfWord(var marker))
        {
            WriteObject(json, _ =>
            {
                json.WriteString("type", "BPEDecoder");
                json.WriteString("suffix", marker);
            });
            return;
        }
        if (tokenizer.Spacing is Spacing.Metaspace) steps.Add(_ => Replace(json, "String", Spacing.MetaspaceCharacter.ToString(), " "));
        if (tokenizer.Model is BpeModel { ByteFallback: true }) steps.Add(_ => json.WriteString("type", "ByteFallback"));
        steps.Add(_ => json.WriteString("type", "Fuse"));
        if (tokenizer.Spacing is Spacing.Metaspace)
            steps.Add(_ =>
            {
                json.WriteString("type", "Strip");
                json.WriteString("content", " ");
                json.WriteNumber("start", 1);
                json.WriteNumber("stop", 0);
            });
        WriteObject(json, _ => WriteSequence(json, "decoders", steps));
    }

    private static void WriteModel(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        var vocabulary = tokenizer.Vocabulary;
        json.WriteStartObject();
        json.WriteString("type", tokenizer.Model is BpeModel ? "BPE" : "WordLevel");
        if (tokenizer.Model is BpeModel bpe)
        {
            json.WriteNull("dropout");
            json.WriteString("unk_token", vocabulary.SpecialTokens.Unknown);
            json.WriteNull("continuing_subword_prefix");
            json.WriteString("end_of_word_suffix", (tokenizer.Spacing as Spacing.EndOfWord)?.Marker);
            json.WriteBoolean("fuse_unk", false);
            json.WriteBoolean("byte_fallback", bpe.ByteFallback);
            json.WriteBoolean("ignore_merges", false);
            WriteVocabulary(json, vocabulary);
            WriteMerges(json, bpe.Merges);
        }
        else
        {
            WriteVocabulary(json, vocabulary);
            json.WriteString("unk_token", vocabulary.SpecialTokens.Unknown);
        }
        json.WriteEndObject();
    }

    // As "left right", which every version reads; as pairs, which versions from 0.20 on read, only if a piece holds a space.
    private static void WriteMerges(Utf8JsonWriter json, IReadOnlyList<MergePair> merges)
    {
        var asPairs = merges.Any(merge => merge.Left.Contains(' ') || merge.Right.Contains(' '));
        json.WriteStartArray("merges");
        foreach (var merge in merges)
        {
            if (!asPairs)
            {
                json.WriteStringValue(merge.ToString());
                continue;
            }
            json.WriteStartArray();
            json.WriteStringValue(merge.Left);
            json.WriteStringValue(merge.Right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteVocabulary(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Count; id++) json.WriteNumber(vocabulary[id], id);
        json.WriteEndObject();
    }

    private static void Replace(Utf8JsonWriter json, string kind, string pattern, string content)
    {
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString(kind, pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
    }

    private static void WriteSequence(Utf8JsonWriter json, string name, IReadOnlyList<Action<Utf8JsonWriter>> members)
    {
        json.WriteString("type", "Sequence");
        json.WriteStartArray(name);
        foreach (var member in members) WriteObject(json, member);
        json.WriteEndArray();
    }

    private static void WriteObject(Utf8JsonWriter json, Action<Utf8JsonWriter> content)
    {
        json.WriteStartObject();
        content(json);
        json.WriteEndObject();
    }
}
