using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>Pieces and their ids: <c>model.vocab</c> and the added tokens, which may lie beyond it.</summary>
internal static class VocabularyJson
{
    // Published vocabularies leave few ids free; a file cannot ask for a table much larger than itself.
    private const long FreeIds = 1 << 16;

    /// <summary>The pieces of an object of pieces and ids; null for an id that nothing has.</summary>
    public static List<string?> Read(JsonItem vocabulary)
    {
        var count = vocabulary.Count;
        var pieces = new List<string?>(count);
        foreach (var (piece, item) in vocabulary.Members()) Put(pieces, piece, item.Integer(), count, item);
        return pieces;
    }

    /// <summary>
    /// Adds the tokens that the model does not know, and returns all of them. A token that the model knows has the model's id; the
    /// others have the next ones, because Hugging Face's tokenizers count them so, whatever the file says.
    /// </summary>
    public static List<AddedToken> Add(List<string?> pieces, List<(AddedToken Token, JsonItem Item)> added)
    {
        var ids = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        for (var id = 0; id < pieces.Count; id++)
            if (pieces[id] is { } piece) ids[piece] = id;
        var tokens = new List<AddedToken>(added.Count);
        var count = pieces.Count + added.Count;
        var next = ids.Count;
        foreach (var (token, item) in added)
        {
            var isKnown = ids.TryGetValue(token.Content, out var id);
            var expected = next;
            next = Math.Max(next, token.Id + 1);
            if (isKnown)
            {
                if (id != token.Id)
                    throw item["id"].Error(FormattableString.Invariant($"is {token.Id}, and the piece '{token.Content}' has the id {id} in model.vocab"));
                tokens.Add(token);
                continue;
            }
            if (token.Id != expected)
                throw item["id"].Error(FormattableString.Invariant(
                    $"is {token.Id}, and '{token.Content}', which model.vocab does not have, gets the next id there is, {expected}"));
            Put(pieces, token.Content, token.Id, count, item["id"]);
            tokens.Add(token with { IsBeyondModel = true });
        }
        return tokens;
    }

    private static void Put(List<string?> pieces, string piece, int id, int count, JsonItem item)
    {
        if (id < 0 || id >= 2L * count + FreeIds)
            throw item.Error(FormattableString.Invariant($"has the id {id}, and there are {count} pieces"));
        while (pieces.Count <= id) pieces.Add(null);
        if (pieces[id] is { } other) throw item.Error(FormattableString.Invariant($"has the id {id}, which '{other}' has already"));
        pieces[id] = piece;
    }

    /// <summary>As an object, without the tokens that the model does not know.</summary>
    public static void Write(Utf8JsonWriter json, Vocabulary vocabulary, IReadOnlySet<int> beyond)
    {
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Count; id++)
            if (vocabulary.Pieces[id] is { } piece && !beyond.Contains(id)) json.WriteNumber(piece, id);
        json.WriteEndObject();
    }
}
