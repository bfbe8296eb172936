using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pellucid.Text;
using Pellucid.Text.Normalization;

namespace Pellucid.Tests.Text.Normalization;

public sealed class NormalizerTests
{
    private static readonly Dictionary<string, Normalizer> Forms = new()
    {
        ["NFC"] = new Normalizer.Nfc(), ["NFD"] = new Normalizer.Nfd(), ["NFKC"] = new Normalizer.Nfkc(), ["NFKD"] = new Normalizer.Nfkd(),
    };

    private static JsonElement Cases() => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Text", "Normalization", "normalization_cases.json"))).RootElement;

    [Fact]
    public void RandomTextsOfHardCharactersNormalizeAsInPython()
    {
        var cases = Cases();
        var forms = cases.GetProperty("forms").EnumerateArray().Select(form => form.GetString()!).ToList();
        foreach (var item in cases.GetProperty("cases").EnumerateArray())
            for (var form = 0; form < forms.Count; form++)
                Assert.Equal(item[form + 1].GetString(), Forms[forms[form]].Normalize(item[0].GetString()!).Text);
    }

    [Theory]
    [InlineData("NFC")]
    [InlineData("NFD")]
    [InlineData("NFKC")]
    [InlineData("NFKD")]
    public void EveryUnicodeCharacterNormalizesAsInPython(string form)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var code = 0; code < 0xE0200; code++)
        {
            if (code is >= 0xD800 and <= 0xDFFF or >= 0x32000 and < 0xE0000) continue;
            var character = char.ConvertFromUtf32(code);
            hash.AppendData(Encoding.UTF8.GetBytes(Forms[form].Normalize(character).Text + "\n"));
            hash.AppendData(Encoding.UTF8.GetBytes(Forms[form].Normalize("a" + character + "\u0301\u0323").Text + "\n"));
        }
        Assert.Equal(Cases().GetProperty("hashes").GetProperty(form).GetString(), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Theory]
    [InlineData("nfc")]
    [InlineData("nfd")]
    [InlineData("nfkc")]
    [InlineData("nfkd")]
    [InlineData("none")]
    [InlineData("lowercase")]
    [InlineData("strip, collapse-whitespace, nfkc, lowercase")]
    [InlineData("nfd, strip-accents, nfc")]
    public void RangesStayInsideTheSourceAndNeverGoBack(string names)
    {
        var normalizer = Normalizer.Parse(names);
        foreach (var text in SomeText.Random(500, seed: 3))
        {
            var normalized = normalizer.Normalize(text);
            Assert.Equal(text, normalized.Source);
            var last = new TextSpan(0, 0);
            for (var i = 0; i < normalized.Text.Length; i++)
            {
                var span = normalized.SourceSpan(i, 1);
                Assert.InRange(span.Start, last.Start, text.Length);
                Assert.InRange(span.End, last.End, text.Length);
                Assert.True(span.Length > 0);
                last = span;
            }
        }
    }

    [Fact]
    public void RangesPointAtWhatACharacterWasMadeFrom()
    {
        var composed = new Normalizer.Nfc().Normalize("xe\u0301y");
        Assert.Equal("x\u00E9y", composed.Text);
        Assert.Equal(new TextSpan(1, 2), composed.SourceSpan(1, 1));
        Assert.Equal(new TextSpan(3, 1), composed.SourceSpan(2, 1));

        var ligature = new Normalizer.Nfkc().Normalize("o\uFB03ce"); // ffi
        Assert.Equal("office", ligature.Text);
        Assert.Equal(new TextSpan(1, 1), ligature.SourceSpan(2, 1));
        Assert.Equal(new TextSpan(2, 2), ligature.SourceSpan(4, 2));
    }

    [Fact]
    public void RangesGoThroughASequenceToTheSource()
    {
        var normalized = Normalizer.Parse("strip, collapse-whitespace, nfc, lowercase").Normalize("  A \t E\u0301 ");
        Assert.Equal("a é", normalized.Text);
        Assert.Equal(new TextSpan(2, 1), normalized.SourceSpan(0, 1));
        Assert.Equal(new TextSpan(3, 3), normalized.SourceSpan(1, 1));
        Assert.Equal(new TextSpan(6, 2), normalized.SourceSpan(2, 1));
    }

    [Theory]
    [InlineData("ÀÉÎ Straße ΣΑΣ", "àéî straße σασ")]
    [InlineData("İ", "i\u0307")]
    [InlineData("𐐀", "𐐨")]
    public void LowercaseMapsEachCharacterAlone(string text, string expected) =>
        Assert.Equal(expected, new Normalizer.Lowercase().Normalize(text).Text);

    [Fact]
    public void AccentsGoAfterDecomposition() =>
        Assert.Equal("El nino anora la accion", Normalizer.Parse("nfd,strip-accents").Normalize("El niño añora la acción").Text);

    [Fact]
    public void ALoneSurrogateBecomesTheReplacementCharacter() =>
        Assert.Equal("a\uFFFDb\uFFFD😀", Normalizer.None.Normalize("a\uD800b\uDC00😀").Text);

    [Fact]
    public void AnUnknownNameIsRefusedByName() =>
        Assert.Contains("'nfq'", Assert.Throws<TokenizerException>(() => Normalizer.Parse("nfc,nfq")).Message, StringComparison.Ordinal);
}
