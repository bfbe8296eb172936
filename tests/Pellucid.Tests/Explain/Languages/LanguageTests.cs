using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pellucid.Explain.Formulas;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;
using Pellucid.Tests.Conventions;

namespace Pellucid.Tests.Explain.Languages;

public sealed partial class LanguageTests
{
    [Fact]
    public void EveryKeyIsThereInEveryLanguageWithTheSamePlaceholders()
    {
        foreach (var language in Language.All)
        {
            Assert.Equal(Language.English.Keys.Order(StringComparer.Ordinal), language.Keys.Order(StringComparer.Ordinal));
            Assert.All(language.Keys, key => Assert.Equal(Placeholders(Language.English[key]), Placeholders(language[key])));
            Assert.All(language.Keys, key => Assert.True(language[key].Length > 0 || key == "axes.one", $"{language.Code}: {key} is empty"));
        }
    }

    [Fact]
    public void ChineseIsWrittenInChinese()
    {
        string[] names = ["softmax", "logit", "logits", "ReLU", "GELU", "SiLU", "{kind}", "{place} · {title}"];
        var untranslated = Language.Chinese.Keys.Where(key => Language.Chinese[key] is { Length: > 0 } text && !Han().IsMatch(text) && !names.Contains(text));

        Assert.Empty(untranslated);
        Assert.All(Language.Chinese.Keys, key => Assert.DoesNotMatch(@"[\u4e00-\u9fff][,;:?!()]", Language.Chinese[key]));
    }

    [Fact]
    public void EveryOperationHasATextAndEveryFormulaADescription()
    {
        using var formulas = JsonDocument.Parse(File.ReadAllText(Repository.At("src", "Pellucid.Explain", "Formulas", "formulas.json")));
        var ids = formulas.RootElement.EnumerateObject().Select(formula => formula.Name).ToHashSet();
        var kinds = typeof(OpKinds).GetFields(BindingFlags.Public | BindingFlags.Static).Concat(typeof(LearningKinds).GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetRawConstantValue()!);

        Assert.All(kinds, kind => Assert.True(Language.English.Has($"steps.kinds.{kind}.sentence"), kind));
        Assert.All(Language.English.Keys.Where(key => key.StartsWith("formulas.", StringComparison.Ordinal)), key => Assert.Contains(key["formulas.".Length..], ids));
    }

    [Fact]
    public void AnArgumentThatIsMissingIsAnErrorAndNumbersAreInvariant()
    {
        Assert.Contains("'index'", Assert.Throws<KeyNotFoundException>(() => Language.English.Text("terminal.head", ("count", 2))).Message);
        Assert.Contains("no text", Assert.Throws<KeyNotFoundException>(() => Language.English["nowhere"]).Message);
        Assert.Equal("smallest −0.5, largest 1.5", Language.English.Text("terminal.range", ("minimum", -0.5), ("maximum", 1.5)));
        Assert.Null(Language.Find("xx"));
    }

    [Fact]
    public void TheGlossaryHasTheSameWordsInEveryLanguage()
    {
        Assert.True(Language.English.Glossary.Count > 40);
        Assert.Equal(Language.English.Glossary.Select(entry => entry.Key), Language.Chinese.Glossary.Select(entry => entry.Key));
        Assert.All(Language.All, language => Assert.Equal(language.Glossary.Count, language.Glossary.Select(entry => entry.Term).Distinct().Count()));
    }

    private static string[] Placeholders(string text) => [.. Regex.Matches(text, @"\{(\w+)\}").Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex Han();
}
