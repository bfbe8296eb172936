using System.Text.Json;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The model <c>BPE</c> of a tokenizer.json, which is byte-level BPE behind a pre-tokenizer that spells bytes.</summary>
internal static class BpeJson
{
    public static readonly string[] Keys =
        ["type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"];

    /// <param name="model">The object.</param>
    /// <param name="vocabulary">Its pieces and the added tokens.</param>
    /// <param name="preTokenizer">Loses the spelling of bytes if the model reads bytes itself.</param>
    public static TokenizerModel Read(JsonItem model, Vocabulary vocabulary, ref PreTokenizer preTokenizer)
    {
        model.AllowOnly(Keys);
        if (model.Optional("dropout") is { } dropout && dropout.Number() != 0)
            throw dropout.Error("is not 0: encoding would give other ids each time, and here dropout is the caller's to ask for");
        var prefix = Spelled(model.Optional("continuing_subword_prefix"));
        var suffix = Spelled(model.Optional("end_of_word_suffix"));
        var byteFallback = model.Optional("byte_fallback")?.Flag() ?? false;
        var whole = model.Optional("ignore_merges")?.Flag() ?? false;
        var fuse = model.Optional("fuse_unk")?.Flag() ?? false;
        MergePair[] merges = [.. model["merges"].Items().Select(ReadMerge)];
        var members = preTokenizer.Flattened.ToList();
        if (members is [.., PreTokenizer.ByteSpelling] && members.Count(member => member is PreTokenizer.ByteSpelling) == 1
            && prefix is null && suffix is null && HasAllBytes(vocabulary))
        {
            members.RemoveAt(members.Count - 1);
            preTokenizer = PreTokenizer.Of(members);
            return new ByteBpeModel(vocabulary, merges, whole);
        }
        if (byteFallback && (prefix ?? suffix) is not null)
            throw model["byte_fallback"].Error("is set beside a prefix or suffix of pieces, and that is not supported");
        return new BpeModel(vocabulary, merges, new BpeSpelling
        {
            ContinuingPrefix = prefix, EndMarker = suffix, ByteFallback = byteFallback, FuseUnknown = fuse, WholeWords = whole,
        });
    }

    public static MergePair ReadMerge(JsonItem merge)
    {
        if (merge.IsString)
        {
            var text = merge.Text();
            var space = text.IndexOf(' ');
            return space >= 0 && text.IndexOf(' ', space + 1) < 0 ? new(text[..space], text[(space + 1)..]) : throw merge.Error("must name two pieces");
        }
        string[] parts = [.. merge.Items().Select(part => part.Text())];
        return parts.Length == 2 ? new(parts[0], parts[1]) : throw merge.Error("must name two pieces");
    }

    public static void Write(Utf8JsonWriter json, BpeModel model, IReadOnlySet<int> beyond) =>
        Write(json, model.Vocabulary, model.Merges, model.Spelling, beyond);

    public static void Write(Utf8JsonWriter json, ByteBpeModel model, IReadOnlySet<int> beyond)
    {
        var merges = model.RankedMerges;
        // In tiktoken's way merges share ranks, and which goes first is the leftmost: no list of merges says that.
        for (var i = 1; i < merges.Count; i++)
            if (merges[i].Rank == merges[i - 1].Rank && !model.WholeWords)
                throw new TokenizerException("merges that share a rank have no form in tokenizer.json");
        Write(json, model.Vocabulary, model.Merges, new BpeSpelling { WholeWords = model.WholeWords }, beyond);
    }

    private static void Write(Utf8JsonWriter json, Vocabulary vocabulary, IReadOnlyList<MergePair> merges, BpeSpelling spelling, IReadOnlySet<int> beyond)
    {
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", vocabulary.SpecialTokens.Unknown);
        json.WriteString("continuing_subword_prefix", spelling.ContinuingPrefix);
        json.WriteString("end_of_word_suffix", spelling.EndMarker);
        json.WriteBoolean("fuse_unk", spelling.FuseUnknown);
        json.WriteBoolean("byte_fallback", spelling.ByteFallback);
        json.WriteBoolean("ignore_merges", spelling.WholeWords);
        VocabularyJson.Write(json, vocabulary, beyond);
        WriteMerges(json, merges);
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

    private static string? Spelled(JsonItem? item) => item?.Text() is { Length: > 0 } text ? text : null;

    private static bool HasAllBytes(Vocabulary vocabulary) => ByteAlphabet.InOrder.All(value =>
        vocabulary.TryGetId(ByteAlphabet.Spell([value]), out var id) && !vocabulary.IsSpecial(id));
}
