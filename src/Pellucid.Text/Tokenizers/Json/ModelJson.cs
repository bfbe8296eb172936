using System.Text.Json;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The <c>model</c> of a tokenizer.json.</summary>
internal static class ModelJson
{
    /// <summary>The model's name; files of early versions do not say it, and it shows in the keys.</summary>
    public static string TypeOf(JsonItem model)
    {
        if (model.Optional("type") is { } type) return type.Text();
        if (model.Optional("merges") is not null) return "BPE";
        if (model.Optional("max_input_chars_per_word") is not null) return "WordPiece";
        return model.Optional("unk_id") is not null ? "Unigram" : "WordLevel";
    }

    /// <summary>The pieces of the model, in the order of their ids.</summary>
    public static List<string?> ReadPieces(JsonItem model) => TypeOf(model) switch
    {
        "BPE" or "WordPiece" or "WordLevel" => VocabularyJson.Read(model["vocab"]),
        "Unigram" => UnigramJson.ReadPieces(model),
        var other => throw Unknown(model, other),
    };

    /// <summary>The unknown token, if the model names one that is a piece.</summary>
    public static string? UnknownToken(JsonItem model, List<string?> pieces) =>
        TypeOf(model) == "Unigram" ? UnigramJson.UnknownToken(model, pieces)
        : model.Optional("unk_token") is { } token && pieces.Contains(token.Text()) ? token.Text() : null;

    public static TokenizerModel Read(JsonItem model, Vocabulary vocabulary, ref PreTokenizer preTokenizer)
    {
        // Some files name a token that is not there: to byte-level BPE nothing is unknown, and words may all be known.
        var missing = vocabulary.SpecialTokens.Unknown is null ? model.Optional("unk_token") : null;
        if (missing is { } early && TypeOf(model) == "WordPiece") throw early.Error($"is '{early.Text()}', which no piece is");
        var read = ReadModel(model, vocabulary, ref preTokenizer);
        if (missing is { } token && read is BpeModel) throw token.Error($"is '{token.Text()}', which no piece is");
        return read;
    }

    private static TokenizerModel ReadModel(JsonItem model, Vocabulary vocabulary, ref PreTokenizer preTokenizer)
    {
        switch (TypeOf(model))
        {
            case "BPE":
                return BpeJson.Read(model, vocabulary, ref preTokenizer);
            case "WordPiece":
                model.AllowOnly("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
                return new WordPieceModel(vocabulary, model["continuing_subword_prefix"].Text(), model["max_input_chars_per_word"].Natural());
            case "WordLevel":
                model.AllowOnly("type", "vocab", "unk_token");
                return new WordModel(vocabulary, new Spacing.Verbatim());
            case "Unigram":
                return UnigramJson.Read(model, vocabulary);
            case var other:
                throw Unknown(model, other);
        }
    }

    public static void Write(Utf8JsonWriter json, TokenizerModel model, IReadOnlySet<int> beyond)
    {
        json.WriteStartObject("model");
        switch (model)
        {
            case BpeModel bpe:
                BpeJson.Write(json, bpe, beyond);
                break;
            case ByteBpeModel bytes:
                BpeJson.Write(json, bytes, beyond);
                break;
            case UnigramModel unigram:
                UnigramJson.Write(json, unigram, beyond);
                break;
            case WordPieceModel pieces:
                json.WriteString("type", "WordPiece");
                json.WriteString("unk_token", model.Vocabulary.SpecialTokens.Unknown);
                json.WriteString("continuing_subword_prefix", pieces.ContinuingPrefix);
                json.WriteNumber("max_input_chars_per_word", pieces.LongestWord);
                VocabularyJson.Write(json, model.Vocabulary, beyond);
                break;
            case WordModel:
                json.WriteString("type", "WordLevel");
                VocabularyJson.Write(json, model.Vocabulary, beyond);
                json.WriteString("unk_token", model.Vocabulary.SpecialTokens.Unknown ?? "<unk>"); // the key must be there
                break;
            default:
                throw new TokenizerException($"the model {model.GetType().Name} has no form in tokenizer.json");
        }
        json.WriteEndObject();
    }

    private static TokenizerException Unknown(JsonItem model, string type) => model["type"].Error($"is '{type}', a model that is not supported");
}
