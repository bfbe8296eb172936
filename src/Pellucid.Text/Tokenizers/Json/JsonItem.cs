using System.Text;
using System.Text.Json;

namespace Pellucid.Text.Tokenizers.Json;

/// <summary>A JSON value that knows where it stands, so that every complaint can say so.</summary>
internal readonly struct JsonItem(JsonElement element, JsonPlace? place, string file)
{
    public bool IsNull => element.ValueKind == JsonValueKind.Null;

    public bool IsString => element.ValueKind == JsonValueKind.String;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    public string Path => place is null ? "the document" : $"'{place}'";

    /// <summary>The member with this name, which must be there.</summary>
    public JsonItem this[string name]
    {
        get
        {
            Require(JsonValueKind.Object);
            return element.TryGetProperty(name, out var value) ? Child(name, value) : throw Error($"lacks the key '{name}'");
        }
    }

    /// <summary>The member with this name, or null if it is absent or null.</summary>
    public JsonItem? Optional(string name)
    {
        Require(JsonValueKind.Object);
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Child(name, value) : null;
    }

    /// <summary>Refuses every key that is not listed: an unread key may change the meaning of the file.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        Require(JsonValueKind.Object);
        foreach (var member in element.EnumerateObject())
            if (Name(member) is var name && !names.Contains(name))
                throw Error($"has the key '{name}', which is not known here (known: {string.Join(", ", names.ToArray())})");
    }

    public IEnumerable<(string Name, JsonItem Value)> Members()
    {
        Require(JsonValueKind.Object);
        foreach (var member in element.EnumerateObject()) yield return (Name(member), Child(member.Name, member.Value));
    }

    public IEnumerable<JsonItem> Items()
    {
        Require(JsonValueKind.Array);
        var index = 0;
        foreach (var item in element.EnumerateArray())
            yield return new(item, new(place, null, index++), file);
    }

    public int Count
    {
        get
        {
            if (element.ValueKind == JsonValueKind.Object) return element.GetPropertyCount();
            Require(JsonValueKind.Array);
            return element.GetArrayLength();
        }
    }

    public string Text()
    {
        Require(JsonValueKind.String);
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Error("is not valid Unicode", error);
        }
    }

    public int Integer()
    {
        Require(JsonValueKind.Number);
        return element.TryGetInt32(out var value) ? value : throw Error("must be a whole number");
    }

    /// <summary>A whole number of at least 0.</summary>
    public int Natural() => Integer() is >= 0 and var value ? value : throw Error("must not be negative");

    public double Number()
    {
        Require(JsonValueKind.Number);
        return element.GetDouble();
    }

    public byte[] Base64()
    {
        Require(JsonValueKind.String);
        return element.TryGetBytesFromBase64(out var bytes) ? bytes : throw Error("is not Base64");
    }

    /// <summary>A string of one Unicode scalar value.</summary>
    public Rune Character() => Rune.DecodeFromUtf16(Text(), out var rune, out var length) == System.Buffers.OperationStatus.Done && length == Text().Length
        ? rune : throw Error($"must be one character, and is '{Text()}'");

    /// <summary>What one of the known names stands for.</summary>
    public T Choice<T>(params ReadOnlySpan<(string Name, T Value)> choices)
    {
        foreach (var (name, value) in choices)
            if (name == Text()) return value;
        var names = new List<string>();
        foreach (var (name, _) in choices) names.Add(name);
        throw Error($"is '{Text()}', which is not known here (known: {string.Join(", ", names)})");
    }

    public bool Flag() => element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? element.GetBoolean()
        : throw Error($"must be true or false, and is {element.ValueKind}");

    /// <summary>Refuses any other value.</summary>
    public void MustBe(string value)
    {
        if (Text() != value) throw Error($"must be '{value}', and is '{Text()}'");
    }

    public void MustBeNullOrFalse()
    {
        if (element.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)) throw Error("is set, and that is not supported");
    }

    public TokenizerException Error(string what, Exception? inner = null) => new($"{Path} {what}", file, null, inner);

    private JsonItem Child(string name, JsonElement value) => new(value, new(place, name, 0), file);

    private string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException error)
        {
            throw Error("has a key that is not valid Unicode", error);
        }
    }

    private void Require(JsonValueKind kind)
    {
        if (element.ValueKind != kind) throw Error($"must be of type {kind}, and is {element.ValueKind}");
    }
}
