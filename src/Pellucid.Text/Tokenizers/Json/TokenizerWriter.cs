using System.Text.Encodings.Web;
using System.Text.Json;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// Writes tokenizer.json as Hugging Face's tokenizers (0.13 and later) read it, stage by stage. Special tokens of a tokenizer that
/// reads none out of a text are written as added tokens (the unknown one is the model's), and who reads the file reads them out; see <see cref="OwnFormat"/> for
/// the kinds where it is not so.
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
        if (OwnFormat.Fits(tokenizer)) OwnFormat.Write(json, tokenizer);
        else WriteStages(json, tokenizer);
        json.WriteEndObject();
    }

    private static void WriteStages(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        if (tokenizer.Spacing is not Spacing.Verbatim)
            throw new TokenizerException($"the spacing {tokenizer.Spacing} has no form in tokenizer.json beside {tokenizer.PreTokenizer}");
        var vocabulary = tokenizer.Vocabulary;
        var (normalizer, decoder) = tokenizer.Normalizer is Normalizer.SentencePiece sentencePiece
            ? SentencePieceForm.Of(tokenizer, sentencePiece) : (tokenizer.Normalizer, tokenizer.Decoder);
        BatchJson.Write(json, tokenizer.Truncation, tokenizer.Padding);
        var added = tokenizer.AddedTokens.Count > 0 ? tokenizer.AddedTokens
            : [.. vocabulary.SpecialTokens.All.Where(token => token != vocabulary.SpecialTokens.Unknown).Select(token => new AddedToken(token, vocabulary.IdOf(token)) { Special = true })];
        AddedTokensJson.Write(json, added);
        json.WritePropertyName("normalizer");
        NormalizerJson.Write(json, NormalizerJson.Flatten(normalizer));
        json.WritePropertyName("pre_tokenizer");
        PreTokenizerJson.Write(json, tokenizer.PreTokenizer, tokenizer.Model is ByteBpeModel);
        json.WritePropertyName("post_processor");
        PostProcessorJson.Write(json, tokenizer.PostProcessor);
        json.WritePropertyName("decoder");
        DecoderJson.Write(json, decoder);
        ModelJson.Write(json, tokenizer.Model, tokenizer.AddedTokens.Where(token => token.IsBeyondModel).Select(token => token.Id).ToHashSet());
    }
}
