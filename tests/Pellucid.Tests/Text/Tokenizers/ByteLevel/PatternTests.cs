using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Tests.Text.Tokenizers.ByteLevel;

public sealed class PatternTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Cl100k = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static TheoryData<string, string> Patterns => new() { { nameof(Gpt2), Gpt2 }, { nameof(Cl100k), Cl100k } };

    private static PreTokenizer.Scanner Scanner(string name) => name == nameof(Gpt2) ? new PreTokenizer.Gpt2Words() : new PreTokenizer.Cl100kWords();

    private static readonly string[] Parts =
    [
        "'", "'s", "'T", "'re", "'VE", "'m", "'lL", "'d", "'x", "\u2019s", "a", "Hello", "we", "\u00E9t\u00E9", "\u03A9", "\u0416", "\u4E2D\u6587", "\u3042", "\uAC00", "\u02B0", "\u01C5",
        "1", "42", "1234567", "\u0663", "\u2167", "\u00B2", "\u00BD", "\u3007", "\u0301", "\u20DD", "\u0903", " ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\v", "\f", "\u0085", "\u00A0", "\u1680",
        "\u180E", "\u2003", "\u2028", "\u200B", "\u3000", "\uFEFF", "!", "...", "?!", "-", "_", "$", "+", "(", "\u00BB", "\u2014", "\u20AC", "\u2581", "\uFFFD", "\uE000", "\u0378", "\uD83D", "\uDE00", "\0",
    ];

    private static string RandomText(Random random, bool outsideBmp)
    {
        string[] outside = ["\U0001F600", "\U00010330", "\U00020000", "\U0001D7D8", "\U00010107", "\U0001D165", "\U0001E900", "\U000E0001", "\U0010FFFF", "\U0001D400"];
        var text = new StringBuilder();
        for (var left = random.Next(14); left > 0; left--)
        {
            var kind = random.Next(outsideBmp ? 5 : 4);
            if (kind < 3) text.Append(Parts[random.Next(Parts.Length)]);
            else if (kind == 3) text.Append((char)random.Next(random.Next(2) == 0 ? 0x250 : 0xD800));
            else text.Append(outside[random.Next(outside.Length)]);
        }
        return text.ToString();
    }

    private static List<string> Words(PreTokenizer.Scanner scanner, string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length; at += words[^1].Length) words.Add(text.Substring(at, scanner.WordLength(text.AsSpan(at))));
        return words;
    }

    [Theory, MemberData(nameof(Patterns))]
    public void WordsOfRandomTextsInTheBmpAreThoseOfThePublishedPattern(string name, string pattern)
    {
        var (scanner, regex) = (Scanner(name), new Regex(pattern, RegexOptions.CultureInvariant));
        var random = new Random(3);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var text = RandomText(random, outsideBmp: false);
            if (HasPair(text) || text.Contains('\u017F')) continue;
            Assert.Equal(regex.Matches(text).Select(match => match.Value), Words(scanner, text));
        }
    }

    [Theory, MemberData(nameof(Patterns))]
    public void EveryCharacterOfTheBmpIsClassifiedAsThePatternDoes(string name, string pattern)
    {
        var (scanner, regex) = (Scanner(name), new Regex(pattern, RegexOptions.CultureInvariant));
        for (var value = 0; value < 0x10000; value++)
        {
            if (value is >= 0xD800 and < 0xE000) continue;
            var text = $" a{(char)value}b{(char)value} 1{(char)value}{(char)value}2 !{(char)value}!";
            Assert.Equal(regex.Matches(text).Select(match => match.Value), Words(scanner, text));
        }
    }

    /// <summary>.NET's patterns see two surrogates where there is one character. Each is replaced by one of the BMP of its class before they do.</summary>
    [Theory, MemberData(nameof(Patterns))]
    public void CharactersOutsideTheBmpAreWhatUnicodeSaysTheyAre(string name, string pattern)
    {
        var (scanner, regex) = (Scanner(name), new Regex(pattern, RegexOptions.CultureInvariant));
        var random = new Random(4);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var text = RandomText(random, outsideBmp: true);
            if (text.Contains('\u017F')) continue;
            var expected = regex.Matches(string.Concat(Runes(text).Select(StandIn))).Select(match => match.Length);
            Assert.Equal(expected, Words(scanner, text).Select(word => Runes(word).Count()));
        }
    }

    [Fact]
    public void ALetterOutsideTheBmpJoinsAWordAndAnEmojiDoesNot()
    {
        Assert.Equal(["ab\U00010330c", " \U00020000\u4E2D", "\U0001F600\U0001F600", "\U0001D7D81"], Words(new PreTokenizer.Gpt2Words(), "ab\U00010330c \U00020000\u4E2D\U0001F600\U0001F600\U0001D7D81"));
        Assert.Equal(["\U0001F600ab", "12\U0001D7D8", "3"], Words(new PreTokenizer.Cl100kWords(), "\U0001F600ab12\U0001D7D83"));
    }

    [Fact]
    public void WithoutRegardToCaseTheLongSIsAnS()
    {
        Assert.Equal(["a", "'\u017F", "b"], Words(new PreTokenizer.Cl100kWords(), "a'\u017Fb"));
        Assert.Equal(["a", "'", "\u017Fb"], Words(new PreTokenizer.Gpt2Words(), "a'\u017Fb"));
    }

    [Theory, MemberData(nameof(Patterns))]
    public void WordsOfARealTextAreThoseOfThePublishedPattern(string name, string pattern)
    {
        var text = File.ReadAllText(SharedFiles.Require("goldens/tokenizers/mlnet-tiktoken/lib.rs.txt"))
            + File.ReadAllText(SharedFiles.Require("goldens/tokenizers/sentencepiece/wagahaiwa_nekodearu.txt"))
            + File.ReadAllText(SharedFiles.Require("goldens/tokenizers/sentencepiece/botchan.txt"));
        Assert.False(HasPair(text));
        Assert.Equal(Regex.Matches(text, pattern, RegexOptions.CultureInvariant).Select(match => match.Value), Words(Scanner(name), text));
    }

    [Fact]
    public void APrefixSpaceStandsOnlyWhereThereIsNone()
    {
        var tokenizer = SomeByteLevel.Tokenizer(new PreTokenizer.ByteLevel(AddPrefixSpace: true));
        Assert.Equal(tokenizer.EncodeToIds(" low lower"), tokenizer.EncodeToIds("low lower"));
        var encoding = tokenizer.Encode("low");
        Assert.Equal("\u0120", encoding.Pieces[0][..1]);
        Assert.Equal((0, 3), (encoding.Offsets[0].Start, encoding.Offsets[^1].End));
        Assert.Empty(tokenizer.EncodeToIds(""));
    }

    private static bool HasPair(string text) => Enumerable.Range(0, Math.Max(text.Length - 1, 0)).Any(at => char.IsSurrogatePair(text, at));

    private static IEnumerable<string> Runes(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = at + 1 < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1;
            yield return text.Substring(at, length);
            at += length;
        }
    }

    private static string StandIn(string rune) => rune.Length == 1 ? rune
        : Rune.IsLetter(Rune.GetRuneAt(rune, 0)) ? "a" : Rune.IsNumber(Rune.GetRuneAt(rune, 0)) ? "7" : "!";
}
