using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Pellucid.Explain.Tours;

/// <summary>What the tours and the calculator say, by key, in both languages; the texts lie in en.json and zh.json beside this file.</summary>
internal static class TourTexts
{
    private static readonly FrozenDictionary<string, string> English = Read("en"), Chinese = Read("zh");

    /// <summary>The text of a key; <c>{name}</c> in it is replaced by the number or the word of that name.</summary>
    /// <exception cref="KeyNotFoundException">A language has no such text.</exception>
    internal static LocalText Of(string key, IReadOnlyDictionary<string, double>? numbers = null, IReadOnlyDictionary<string, string>? words = null) =>
        new(Filled(English[key], numbers, words), Filled(Chinese[key], numbers, words));

    internal static IReadOnlyCollection<string> Keys(string language) => language == "zh" ? Chinese.Keys : English.Keys;

    private static string Filled(string text, IReadOnlyDictionary<string, double>? numbers, IReadOnlyDictionary<string, string>? words)
    {
        foreach (var (name, value) in numbers ?? FrozenDictionary<string, double>.Empty)
            text = text.Replace("{" + name + "}", Spelled(value), StringComparison.Ordinal);
        foreach (var (name, value) in words ?? FrozenDictionary<string, string>.Empty)
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Whole numbers with commas, others with four digits.</summary>
    private static string Spelled(double value) => Math.Abs(value) < 1e18 && value == Math.Truncate(value)
        ? value.ToString("N0", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture);

    private static FrozenDictionary<string, string> Read(string language)
    {
        using var stream = typeof(TourTexts).Assembly.GetManifestResourceStream($"Tours/{language}.json")
            ?? throw new InvalidOperationException($"the texts of the tours in '{language}' are missing from the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateObject().ToFrozenDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.Ordinal);
    }
}
