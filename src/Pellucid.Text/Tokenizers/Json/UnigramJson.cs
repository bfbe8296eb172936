using System.Text.Json;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// The model <c>Unigram</c> of a tokenizer.json. Scores are float32 here, as SentencePiece stores them; a file with finer ones can
/// part from Hugging Face's tokenizers where two segmentations differ by less than that.
/// </summary>
internal static class UnigramJson
{
    public static List<string?> ReadPieces(JsonItem model) => [.. model["vocab"].Items().Select(entry => ReadEntry(entry).Piece)];

    /// <summary>The unknown token.</summary>
    public static string UnknownToken(JsonItem model, List<string?> pieces)
    {
        var id = model["unk_id"];
        if (id.IsNull) throw id.Error("is null, and a unigram model without an unknown token is not supported");
        return id.Natural() < pieces.Count ? pieces[id.Natural()]! : throw id.Error("is beyond the vocabulary");
    }

    public static UnigramModel Read(JsonItem model, Vocabulary vocabulary)
    {
        model.AllowOnly("type", "unk_id", "vocab", "byte_fallback");
        var byteFallback = model.Optional("byte_fallback")?.Flag() ?? false;
        var pieces = new List<ModelPiece>(vocabulary.Count);
        foreach (var entry in model["vocab"].Items())
        {
            var id = pieces.Count;
            var (piece, score) = ReadEntry(entry);
            pieces.Add(new(piece, score, id == vocabulary.UnknownIdOrNone ? PieceType.Unknown : vocabulary.IsSpecial(id) ? PieceType.Control
                : byteFallback && vocabulary.ByteValue(id) >= 0 ? PieceType.Byte : PieceType.Normal));
        }
        while (pieces.Count < vocabulary.Count) pieces.Add(new(vocabulary[pieces.Count], 0, PieceType.Control)); // the tokenizer's alone
        return new(vocabulary, pieces, new TrainerSpec { ByteFallback = byteFallback });
    }

    private static (string Piece, float Score) ReadEntry(JsonItem entry)
    {
        var parts = entry.Items().ToList();
        if (parts.Count != 2) throw entry.Error("must be a piece and its score");
        if (PieceLength.Fault(parts[0].Text()) is { } fault) throw parts[0].Error(fault);
        var score = (float)parts[1].Number();
        return float.IsFinite(score) ? (parts[0].Text(), score) : throw parts[1].Error("is too large");
    }

    public static void Write(Utf8JsonWriter json, UnigramModel model, IReadOnlySet<int> beyond)
    {
        if (model.ModelPieces.Any(piece => piece.Type is PieceType.UserDefined or PieceType.Unused))
            throw new TokenizerException("user-defined and unused pieces have no form in tokenizer.json; store it as a SentencePiece model");
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", model.Vocabulary.UnknownId);
        json.WriteStartArray("vocab");
        for (var id = 0; id < model.ModelPieces.Count; id++)
        {
            if (beyond.Contains(id)) continue;
            json.WriteStartArray();
            json.WriteStringValue(model.ModelPieces[id].Text);
            json.WriteNumberValue((double)model.ModelPieces[id].Score);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", model.ByteFallback);
    }
}
