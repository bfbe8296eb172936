using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pellucid.Models.Configuration;

namespace Pellucid.Server.Http;

/// <summary>The members of a JSON object, read strictly: a name that is not asked for, a wrong type or a number out of range is an error that names it.</summary>
internal sealed class RequestBody
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonElement root;
    private readonly string prefix;

    private RequestBody(JsonElement root, string prefix, ReadOnlySpan<string> names)
    {
        (this.root, this.prefix) = (root, prefix);
        if (root.ValueKind != JsonValueKind.Object)
            throw Bad($"{(prefix.Length == 0 ? "the body" : prefix.TrimEnd('.'))} must be a JSON object with {string.Join(", ", names.ToArray())}");
        foreach (var member in root.EnumerateObject())
            if (!names.Contains(member.Name))
                throw Bad($"there is no '{prefix}{Shown(member.Name)}'{NearestName.Hint(member.Name, names.ToArray())} (there is: {string.Join(", ", names.ToArray())})");
    }

    /// <summary>Reads the body of a request.</summary>
    /// <param name="names">All members that the object may have.</param>
    /// <exception cref="RequestException">The body is too large, no JSON, or has other members.</exception>
    internal static async Task<RequestBody> ReadAsync(HttpContext context, params string[] names)
    {
        string type = context.Request.ContentType?.Split(';')[0].Trim() ?? "";
        if (!type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw new RequestException(RequestException.UnsupportedType, $"the body must be sent as application/json, not as '{Shown(type)}'");
        try
        {
            // Kestrel ends the stream with an error at the largest request.
            using var document = await JsonDocument.ParseAsync(context.Request.Body, Options, context.RequestAborted).ConfigureAwait(false);
            return new RequestBody(document.RootElement.Clone(), "", names);
        }
        catch (JsonException error)
        {
            throw Bad($"the body is not valid JSON ({error.Message.TrimEnd('.')})");
        }
    }

    internal bool Has(string name) => root.TryGetProperty(name, out _);

    /// <summary>A text of at most so many UTF-16 characters, all of which are Unicode.</summary>
    internal string Text(string name, int longest) => TextOr(name, longest, null) ?? throw Bad($"'{prefix}{name}' is missing; it is a text");

    internal string? TextOr(string name, int longest, string? otherwise)
    {
        if (!root.TryGetProperty(name, out var value))
            return otherwise;
        return Text(value, prefix + name, longest);
    }

    internal int Whole(string name, int least, int most, int? otherwise = null)
    {
        if (!root.TryGetProperty(name, out var value))
            return otherwise ?? throw Bad($"'{prefix}{name}' is missing; it is a whole number");
        return Whole(value, prefix + name, least, most);
    }

    internal double Number(string name, double least, double most, double? otherwise = null)
    {
        if (!root.TryGetProperty(name, out var value))
            return otherwise ?? throw Bad($"'{prefix}{name}' is missing; it is a number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw Bad(FormattableString.Invariant($"'{prefix}{name}' must be a number from {least} to {most}"));
    }

    internal bool Truth(string name, bool? otherwise = null)
    {
        if (!root.TryGetProperty(name, out var value))
            return otherwise ?? throw Bad($"'{prefix}{name}' is missing; it is true or false");
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Bad($"'{prefix}{name}' must be true or false");
    }

    internal int[] Wholes(string name, int longest, int least, int most) =>
        [.. Array(name, longest).Select((value, i) => Whole(value, FormattableString.Invariant($"{prefix}{name}[{i}]"), least, most))];

    internal string[] Texts(string name, int count, int longest) =>
        [.. Array(name, count).Select((value, i) => Text(value, FormattableString.Invariant($"{prefix}{name}[{i}]"), longest))];

    internal RequestBody[] Objects(string name, int longest, params string[] names) =>
        [.. Array(name, longest).Select((value, i) => new RequestBody(value, FormattableString.Invariant($"{prefix}{name}[{i}]."), names))];

    private IEnumerable<JsonElement> Array(string name, int longest)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array)
            throw Bad($"'{prefix}{name}' must be a list");
        return value.GetArrayLength() <= longest
            ? value.EnumerateArray()
            : throw Bad(FormattableString.Invariant($"'{prefix}{name}' has {value.GetArrayLength()} entries; at most {longest} are taken"));
    }

    private static int Whole(JsonElement value, string name, int least, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most
            ? number
            : throw Bad(FormattableString.Invariant($"'{name}' must be a whole number from {least} to {most}"));

    private static string Text(JsonElement value, string name, int longest)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Bad($"'{name}' must be a text");
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad($"'{name}' is not valid Unicode");
        }
        return text.Length <= longest
            ? text
            : throw new RequestException(RequestException.TooLarge, FormattableString.Invariant($"'{name}' has {text.Length} characters; at most {longest} are taken"));
    }

    /// <summary>What came from outside, short enough for a message.</summary>
    private static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private static RequestException Bad(string message) => new(RequestException.BadRequest, message);
}
