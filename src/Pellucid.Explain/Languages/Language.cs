using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Pellucid.Explain.Languages;

/// <summary>The texts of an explanation in one language: embedded, immutable, found by key; <c>{name}</c> in a text is replaced by an argument.</summary>
public sealed class Language
{
    private readonly FrozenDictionary<string, string> texts;

    private Language(string code)
    {
        Code = code;
        string resource = $"Pellucid.Explain.Languages.{code}.json";
        using var stream = typeof(Language).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"{resource} is not embedded.");
        using var document = JsonDocument.Parse(stream);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        Flatten(document.RootElement, "", found);
        texts = found.ToFrozenDictionary(StringComparer.Ordinal);
        Glossary = [.. document.RootElement.GetProperty("glossary").EnumerateObject()
            .Select(entry => new GlossaryEntry(entry.Name, entry.Value.GetProperty("term").GetString()!, entry.Value.GetProperty("text").GetString()!))];
    }

    public static Language English { get; } = new("en");

    public static Language Chinese { get; } = new("zh");

    public static IReadOnlyList<Language> All { get; } = [English, Chinese];

    /// <summary><c>en</c>, <c>zh</c>.</summary>
    public string Code { get; }

    /// <summary>The words that explanations use, in the order of a course.</summary>
    public IReadOnlyList<GlossaryEntry> Glossary { get; }

    /// <summary>All keys: <c>steps.attention.query.title</c>.</summary>
    public IEnumerable<string> Keys => texts.Keys;

    /// <summary>The language of this code; null when there is none.</summary>
    public static Language? Find(string code) => All.FirstOrDefault(language => language.Code == code);

    /// <summary>Whether there is a text of this key.</summary>
    public bool Has(string key) => texts.ContainsKey(key);

    /// <summary>The text of a key as it is written, with its placeholders.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public string this[string key] => texts.TryGetValue(key, out string? text) ? text : throw new KeyNotFoundException($"the language '{Code}' has no text '{key}'.");

    /// <summary>The text of a key with its arguments in their places; numbers as <see cref="Formulas.FormulaText.Number"/> writes them.</summary>
    /// <exception cref="KeyNotFoundException">There is no such text, or an argument is missing.</exception>
    public string Text(string key, IReadOnlyDictionary<string, object> arguments)
    {
        string template = this[key];
        if (!template.Contains('{'))
            return template;
        var text = new System.Text.StringBuilder();
        for (int at = 0; at < template.Length;)
        {
            int open = template.IndexOf('{', at), close = open < 0 ? -1 : template.IndexOf('}', open);
            if (close < 0)
                return text.Append(template, at, template.Length - at).ToString();
            string name = template[(open + 1)..close];
            if (!arguments.TryGetValue(name, out object? value))
                throw new KeyNotFoundException($"the text '{key}' of the language '{Code}' wants the argument '{name}'.");
            text.Append(template, at, open - at).Append(value switch
            {
                double number => Formulas.FormulaText.Number(number),
                Phrase phrase => Text(phrase.Key, phrase.Arguments),
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            });
            at = close + 1;
        }
        return text.ToString();
    }

    /// <summary>The same with arguments in a row.</summary>
    public string Text(string key, params (string Name, object Value)[] arguments) =>
        Text(key, arguments.ToDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal));

    private static void Flatten(JsonElement element, string path, Dictionary<string, string> texts)
    {
        foreach (var property in element.EnumerateObject())
        {
            string key = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (property.Value.ValueKind == JsonValueKind.Object)
                Flatten(property.Value, key, texts);
            else
                texts.Add(key, property.Value.GetString()!);
        }
    }
}

/// <summary>A text within a text: an argument that is itself a key of the language.</summary>
public sealed record Phrase(string Key, IReadOnlyDictionary<string, object> Arguments)
{
    public Phrase(string key) : this(key, new Dictionary<string, object>())
    {
    }
}

/// <summary>A word and what it means.</summary>
/// <param name="Key">The same in every language.</param>
/// <param name="Term">The word.</param>
/// <param name="Text">What it means, in a sentence or two.</param>
public sealed record GlossaryEntry(string Key, string Term, string Text);
