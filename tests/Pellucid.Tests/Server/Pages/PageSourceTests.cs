using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Server.Pages;

/// <summary>The page's source: every number it draws comes from the engine, every word from a dictionary, nothing from another host.</summary>
public sealed partial class PageSourceTests
{
    private static readonly string[] Sources =
    [
        .. Directory.EnumerateFiles(Repository.At("web", "src"), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".ts", StringComparison.Ordinal) || file.EndsWith(".tsx", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Handwritten => Sources.Where(file => !file.EndsWith(".generated.ts", StringComparison.Ordinal));

    [Fact]
    public void TheSourceIsThere() => Assert.True(Sources.Length > 20, $"only {Sources.Length} sources under web/src");

    [Theory]
    [InlineData("Math.random", "const x = Math.random();")]
    [InlineData("random values of the browser", "crypto.getRandomValues(cells)")]
    [InlineData("a list of numbers", "const weights = [0.12, -0.4,\n 1, 2e-3];")]
    [InlineData("numbers packed into text", "const data = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+';")]
    [InlineData("another host", "fetch('https://example.org/page.js')")]
    [InlineData("code made from text", "eval(text)")]
    [InlineData("code made from text", "new Function('x', body)")]
    [InlineData("markup made from text", "cell.innerHTML = piece;")]
    [InlineData("style attributes, which the Content-Security-Policy forbids", "node.setAttribute('style', 'color: red')")]
    public void NothingForbiddenStandsInIt(string what, string example)
    {
        Regex rule = Rules[what];
        Assert.Matches(rule, example);
        foreach (string file in Handwritten)
        {
            string text = File.ReadAllText(file);
            if (rule.Match(text) is { Success: true } found)
            {
                int line = text.AsSpan(0, found.Index).Count('\n') + 1;
                Assert.Fail($"{Path.GetRelativePath(Repository.Root, file)}:{line} has {what}: {found.Value}");
            }
        }
    }

    [Fact]
    public void NoTextStandsInTheCode()
    {
        Assert.Matches(WordsInMarkup(), "<p>Hello there</p>");
        Assert.Matches(WordsInAttributes(), "<button title=\"Close this\">");
        foreach (string file in Handwritten.Where(file => file.EndsWith(".tsx", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(file);
            foreach (Match found in WordsInMarkup().Matches(text).Concat(WordsInAttributes().Matches(text)))
            {
                Assert.Fail($"{Path.GetRelativePath(Repository.Root, file)} has text that no dictionary translates: {found.Value.Trim()}");
            }
        }
    }

    [Theory]
    [InlineData("web/src/languages")]
    [InlineData("src/Pellucid.Explain/Languages")]
    public void EveryKeyIsInBothLanguages(string folder)
    {
        var english = Texts(folder, "en");
        var chinese = Texts(folder, "zh");
        Assert.NotEmpty(english);
        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), chinese.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Blank(english), Blank(chinese));
        foreach (string key in english.Keys)
        {
            // {count} in one language and not in the other would lose a number.
            Assert.Equal((key, Slots(english[key])), (key, Slots(chinese[key])));
        }
    }

    [Fact]
    public void ChineseIsChinese()
    {
        var chinese = Texts("web/src/languages", "zh");
        int translated = chinese.Values.Count(text => text.Any(letter => letter is >= '\u4e00' and <= '\u9fff'));
        Assert.True(translated > chinese.Count * 0.8, $"only {translated} of {chinese.Count} Chinese texts have a Chinese character");
    }

    [Fact]
    public void EveryFormulaThatIsShownIsWritten()
    {
        using var formulas = JsonDocument.Parse(File.ReadAllText(Repository.At("src", "Pellucid.Explain", "Formulas", "formulas.json")));
        string generated = File.ReadAllText(Repository.At("web", "src", "formulas.generated.ts"));
        foreach (var formula in formulas.RootElement.EnumerateObject())
        {
            Assert.Contains($"\"{formula.Name}\": \"<math", generated);
        }
    }

    private static IEnumerable<string> Blank(Dictionary<string, string> texts) =>
        texts.Where(text => string.IsNullOrWhiteSpace(text.Value)).Select(text => text.Key).Order(StringComparer.Ordinal);

    private static string Slots(string text) => string.Join(' ', Slot().Matches(text).Select(slot => slot.Value).Distinct().Order(StringComparer.Ordinal));

    /// <summary>The texts of a dictionary by dotted key.</summary>
    private static Dictionary<string, string> Texts(string folder, string language)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        using var dictionary = JsonDocument.Parse(File.ReadAllText(Repository.At([.. folder.Split('/'), language + ".json"])));
        Collect(dictionary.RootElement, "");
        return texts;

        void Collect(JsonElement element, string key)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var entry in element.EnumerateObject())
                {
                    Collect(entry.Value, key.Length == 0 ? entry.Name : $"{key}.{entry.Name}");
                }
            }
            else
            {
                texts.Add(key, element.GetString()!);
            }
        }
    }

    private static readonly Dictionary<string, Regex> Rules = new()
    {
        ["Math.random"] = new(@"Math\s*\.\s*random"),
        ["random values of the browser"] = new(@"getRandomValues|randomUUID"),
        ["a list of numbers"] = new(@"\[\s*-?[\d.]+(e-?\d+)?\s*(,\s*-?[\d.]+(e-?\d+)?\s*){3,},?\s*\]"),
        ["numbers packed into text"] = new(@"['""`][A-Za-z0-9+/=]{80,}['""`]"),
        ["another host"] = new(@"(https?:)?//(?!www\.w3\.org/)[a-z0-9-]+\.[a-z]{2,}/"),
        ["code made from text"] = new(@"\beval\s*\(|\bnew\s+Function\b"),
        ["markup made from text"] = new(@"\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write"),
        ["style attributes, which the Content-Security-Policy forbids"] = new(@"setAttribute\(\s*['""]style"),
    };

    /// <summary>A word of four letters or more, or a Chinese character, between the end of a tag and the beginning of the next; log P is notation.</summary>
    [GeneratedRegex(@"(?<=<[A-Za-z][^<>=]*(=(""[^""]*""|\{[^{}]*\})[^<>]*)?>)[^<>{}()=;]*([A-Za-z]{4,}|[\u4e00-\u9fff])[^<>{}()=;]*(?=</)")]
    private static partial Regex WordsInMarkup();

    [GeneratedRegex(@"\b(title|alt|placeholder|aria-label|aria-description)=""[^""]*[A-Za-z]{2,}[^""]*""")]
    private static partial Regex WordsInAttributes();

    [GeneratedRegex(@"\{[A-Za-z_]+\}")]
    private static partial Regex Slot();
}
