using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>The <c>added_tokens</c> of a tokenizer.json.</summary>
internal static class AddedTokensJson
{
    /// <summary>Each with the place where it stands.</summary>
    public static List<(AddedToken Token, JsonItem Item)> Read(JsonItem? list)
    {
        var tokens = new List<(AddedToken, JsonItem)>();
        if (list is null) return tokens;
        var (contents, ids) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<int>());
        foreach (var item in list.Value.Items())
        {
            item.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var special = item.Optional("special")?.Flag() ?? false;
            var token = new AddedToken(item["content"].Text(), item["id"].Natural())
            {
                Special = special,
                SingleWord = item.Optional("single_word")?.Flag() ?? false,
                StripLeft = item.Optional("lstrip")?.Flag() ?? false,
                StripRight = item.Optional("rstrip")?.Flag() ?? false,
                Normalized = item.Optional("normalized")?.Flag() ?? !special,
            };
            if (token.Content.Length == 0) throw item["content"].Error("is empty");
            if (!contents.Add(token.Content)) throw item["content"].Error($"is '{token.Content}', which stands in the list already");
            if (!ids.Add(token.Id)) throw item["id"].Error(FormattableString.Invariant($"is {token.Id}, which another added token has already"));
            tokens.Add((token, item));
        }
        return tokens;
    }

    public static void Write(Utf8JsonWriter json, IEnumerable<AddedToken> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
