using System.Buffers.Binary;
using System.Text;
using Pellucid.Tests.Text.Tokenizers.SentencePiece;
using Pellucid.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Tests.Text.Normalization;

public sealed class CharsMapTests
{
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["a"] = "b", ["ab"] = "", ["e\u0301"] = "é", ["é"] = "E", ["😀"] = ":-)", ["\t"] = " ", ["中文字"] = "x", ["中"] = "y",
    };

    private static Normalizer.SentencePiece Normalizer(byte[] map, NormalizerSpec? spec = null, params string[] symbols) =>
        new((spec ?? new()) with { CharsMap = map }, false, symbols);

    [Fact]
    public void ACompiledMapHoldsItsRules()
    {
        var map = new CharsMap(CharsMapCompiler.Compile(Rules));
        Assert.Equal(Rules.OrderBy(rule => rule.Key, StringComparer.Ordinal), map.Rules().Select(rule => KeyValuePair.Create(rule.From, rule.To)).OrderBy(rule => rule.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("abab", "")]
    [InlineData("ac", "▁bc")]
    [InlineData("e\u0301é", "▁éE")]
    [InlineData("e\u0302", "▁e\u0302")]
    [InlineData("中文字中文", "▁xy文")]
    [InlineData(" \t x\t\ty  ", "▁x▁y")]
    [InlineData("😀\ud83d\ude01", "▁:-)😁")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void TheLongestRuleAtEachPositionCounts(string text, string expected) =>
        Assert.Equal(expected, Normalizer(CharsMapCompiler.Compile(Rules)).Normalize(text).Text);

    [Fact]
    public void SymbolsComeBeforeRulesAndRangesLeadBack()
    {
        var normalized = Normalizer(CharsMapCompiler.Compile(Rules), null, "éa", "é").Normalize("x  éab😀a");
        Assert.Equal("▁x▁éab:-)b", normalized.Text);
        Assert.Equal(new TextSpan(0, 0), normalized.SourceSpan(0, 1));
        Assert.Equal(new TextSpan(1, 1), normalized.SourceSpan(2, 1));
        Assert.Equal(new TextSpan(3, 2), normalized.SourceSpan(3, 2));
        Assert.Equal(new TextSpan(6, 2), normalized.SourceSpan(6, 3));
        Assert.Equal(new TextSpan(8, 1), normalized.SourceSpan(9, 1));
    }

    [Fact]
    public void WhiteSpaceIsKeptWhereTheModelSaysSo()
    {
        var spec = new NormalizerSpec { RemoveExtraWhitespaces = false, AddDummyPrefix = false };
        Assert.Equal("▁▁a▁▁", Normalizer([], spec).Normalize("  a  ").Text);
        Assert.Equal("  a ", Normalizer([], spec with { EscapeWhitespaces = false }).Normalize("  a ").Text);
        var suffix = new Normalizer.SentencePiece(new(), true, []).Normalize(" a b ");
        Assert.Equal("a▁b▁", suffix.Text);
        Assert.Equal(new TextSpan(4, 0), suffix.SourceSpan(3, 1));
    }

    [Fact]
    public void OwnNfkcIsUnicodesWhereRulesCannotOverlap()
    {
        var rules = Normalizer(SentencePieceRules.Compiled("nfkc"), new() { RemoveExtraWhitespaces = false, AddDummyPrefix = false, EscapeWhitespaces = false });
        for (var code = 1; code < 0x30000; code++)
        {
            if (code is >= 0xD800 and <= 0xDFFF) continue;
            var text = "(" + new Rune(code) + "("; // composes with nothing
            Assert.Equal(new Normalizer.Nfkc().Normalize(text).Text, rules.Normalize(text).Text);
        }
        Assert.Equal("각é", rules.Normalize("\u1100\u1161\u11A8ｅ\u0301").Text);
    }

    [Fact]
    public void OwnRulesAreSentencePiecesAndThoseOfNewerCharacters()
    {
        Spm.Require();
        using var folder = new TemporaryFolder();
        var input = folder.File("lines.txt", string.Join('\n', SomeText.Lines) + "\n");
        var model = Spm.Train(input, folder.File("model"), "--vocab_size=60", "--hard_vocab_limit=false");
        var theirs = new CharsMap(ModelProtoReader.Read(File.ReadAllBytes(model), model).Normalizer.CharsMap).Rules().ToDictionary(rule => rule.From, rule => rule.To);
        var own = SentencePieceRules.NmtNfkc();
        Assert.Equal(224_725, theirs.Count);
        Assert.All(theirs, rule => Assert.Equal(rule.Value, own[rule.Key]));
        Assert.InRange(own.Count - theirs.Count, 0, 500);
    }

    [Fact]
    public void ADamagedMapIsAnErrorAndNeverReadsOutside()
    {
        Assert.Throws<TokenizerException>(() => new CharsMap([1, 2, 3]));
        Assert.Throws<TokenizerException>(() => new CharsMap([0, 0, 0, 0, 1, 2, 3, 4]));
        Assert.Throws<TokenizerException>(() => new CharsMap([255, 255, 255, 255, 1, 2, 3, 4]));
        Assert.Throws<TokenizerException>(() => new CharsMap([5, 0, 0, 0, 1, 2, 3, 4, 5]));
        var whole = CharsMapCompiler.Compile(Rules);
        var random = new Random(1);
        for (var trial = 0; trial < 2000; trial++)
        {
            var damaged = (byte[])whole.Clone();
            for (var i = 0; i < 8; i++) damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            try
            {
                var normalizer = Normalizer(damaged);
                foreach (var text in (string[])["abab e\u0301 中文字 😀", "\t\t", "aéa"]) normalizer.Normalize(text);
            }
            catch (TokenizerException)
            {
                // said, and nothing worse
            }
        }
    }

    [Theory]
    [InlineData('a', 0x61u << 10 | 0x61)] // leads back to where it came from, and no rule ends
    [InlineData('a', 0x61u << 10 | 1u << 8 | 0x61)] // a rule for every number of letters
    [InlineData('\0', 0u)] // units that nothing uses lead nowhere
    public void ARuleWithoutAnEndIsRefusedOrNeverFollowed(char letter, uint unit)
    {
        var blob = new byte[4 + 4 * 256 + 1];
        BinaryPrimitives.WriteInt32LittleEndian(blob, 4 * 256);
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + 4 * letter), unit);
        if (unit == 0) Assert.False(new CharsMap(blob).TryMatch(new string(letter, 1000), out _, out _));
        else Assert.Contains("without an end", Assert.Throws<TokenizerException>(() => new CharsMap(blob, "file")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoRuleIsLongerThanSixtyFourBytes()
    {
        var longest = new CharsMap(CharsMapCompiler.Compile(new Dictionary<string, string> { [new('a', 64)] = "b", ["c"] = "d" }));
        Assert.True(longest.TryMatch(new string('a', 65), out var length, out var replacement));
        Assert.Equal((64, "b"), (length, replacement));
        Assert.Throws<TokenizerException>(() => new CharsMap(CharsMapCompiler.Compile(new Dictionary<string, string> { [new('a', 65)] = "b", ["c"] = "d" })));
    }

    [Fact]
    public void EmptyStringsThatNoRulePointsAtTakeNoMemory()
    {
        byte[] blob = [.. CharsMapCompiler.Compile(Rules), .. new byte[10_000_000]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var map = new CharsMap(blob);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 11_000_000); // the strings once
        Assert.Equal(Rules.Count, map.Rules().Count());
    }
}
