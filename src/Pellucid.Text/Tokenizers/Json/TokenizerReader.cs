using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// Reads Hugging Face's tokenizer.json, stage by stage, and refuses by name what has no meaning here: a key or a type that is not
/// understood could change what ids mean.
/// </summary>
internal static class TokenizerReader
{
    public static Tokenizer Read(string path)
    {
        try
        {
            return TokenizerFile.Open(path, stream =>
            {
                using var document = JsonDocument.Parse(stream, new() { AllowDuplicateProperties = false });
                return Read(new JsonItem(document.RootElement, null, path));
            });
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
    }

    private static Tokenizer Read(JsonItem root)
    {
        root.AllowOnly("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        root["version"].MustBe("1.0");
        if (OwnFormat.Is(root)) return OwnFormat.Read(root);
        var model = root["model"];
        var pieces = ModelJson.ReadPieces(model);
        var unknown = ModelJson.UnknownToken(model, pieces);
        var added = VocabularyJson.Add(pieces, AddedTokensJson.Read(root.Optional("added_tokens")));
        var postProcessor = PostProcessorJson.Read(root.Optional("post_processor"));
        var padding = BatchJson.ReadPadding(root.Optional("padding"));
        foreach (var (piece, id) in PostProcessorJson.Tokens(postProcessor)) Check(piece, id, pieces, root["post_processor"]);
        if (padding is not null) Check(padding.Token, padding.Id, pieces, root["padding"]);
        var vocabulary = new Vocabulary(pieces, TokenRoles.Of(added, unknown, postProcessor, padding?.Token));
        var preTokenizer = PreTokenizerJson.Read(root.Optional("pre_tokenizer"));
        var read = ModelJson.Read(model, vocabulary, ref preTokenizer);
        return new(new TokenizerParts
        {
            AddedTokens = added,
            Normalizer = NormalizerJson.Read(root.Optional("normalizer")),
            PreTokenizer = preTokenizer,
            Model = read,
            PostProcessor = postProcessor,
            Decoder = DecoderJson.Read(root.Optional("decoder")),
            Truncation = BatchJson.ReadTruncation(root.Optional("truncation")),
            Padding = padding,
        });
    }

    private static void Check(string piece, int id, List<string?> pieces, JsonItem item)
    {
        if (id >= pieces.Count || pieces[id] != piece)
            throw item.Error(FormattableString.Invariant($"names '{piece}' with the id {id}, and the vocabulary does not"));
    }
}
