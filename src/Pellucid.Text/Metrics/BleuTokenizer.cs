using System.Text;

namespace Pellucid.Text.Metrics;

/// <summary>
/// How BLEU cuts a segment into words. The family is closed, and each member's <see cref="Name"/> is the one in signatures.
/// The tokenizer is part of the metric, so that scores stay comparable (Post 2018, "A Call for Clarity in Reporting BLEU Scores").
/// </summary>
public abstract class BleuTokenizer
{
    private protected BleuTokenizer(string name) => Name = name;

    /// <summary>The name in sacreBLEU's signature: 13a, intl, zh, char or none.</summary>
    public string Name { get; }

    /// <summary>NIST mteval-v13a: ASCII punctuation apart, periods and commas kept inside numbers. The default.</summary>
    public static BleuTokenizer V13a { get; } = new V13aTokenizer();

    /// <summary>NIST mteval-v14 "international": Unicode punctuation and symbols apart.</summary>
    public static BleuTokenizer International { get; } = new InternationalTokenizer();

    /// <summary>Chinese characters one by one, the rest as 13a.</summary>
    public static BleuTokenizer Chinese { get; } = new ChineseTokenizer();

    /// <summary>Every code point that is no white space.</summary>
    public static BleuTokenizer Character { get; } = new CharacterTokenizer();

    /// <summary>The text is tokenized already; white space separates.</summary>
    public static BleuTokenizer None { get; } = new NoTokenizer();

    /// <summary>All members, the default first.</summary>
    public static IReadOnlyList<BleuTokenizer> All { get; } = [V13a, International, Chinese, Character, None];

    /// <summary>The tokenizer of this <see cref="Name"/>.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static BleuTokenizer ByName(string name) =>
        All.FirstOrDefault(tokenizer => tokenizer.Name == name)
        ?? throw new ArgumentException(
            $"There is no BLEU tokenizer '{name}'; the names are {string.Join(", ", All.Select(tokenizer => tokenizer.Name))}.", nameof(name));

    /// <summary>The words of a segment.</summary>
    public IReadOnlyList<string> Words(string segment) => PythonText.Words(Separate(PythonText.TrimEnd(segment)));

    public override string ToString() => Name;

    /// <summary>The segment with white space between its words.</summary>
    private protected abstract string Separate(string segment);

    private sealed class NoTokenizer() : BleuTokenizer("none")
    {
        private protected override string Separate(string segment) => segment;
    }

    private sealed class V13aTokenizer() : BleuTokenizer("13a")
    {
        private protected override string Separate(string segment)
        {
            segment = segment.Replace("<skipped>", "").Replace("-\n", "").Replace('\n', ' ');
            if (segment.Contains('&')) segment = WesternPunctuation.UnescapeXml(segment);
            return WesternPunctuation.Separate(new CodePointRewriter($" {segment} ")).ToString();
        }
    }

    private sealed class InternationalTokenizer() : BleuTokenizer("intl")
    {
        // mteval-v14.pl: a punctuation mark stays inside a number, every symbol stands alone.
        private protected override string Separate(string segment) =>
            new CodePointRewriter(segment)
                .DetachSecond(point => !IsNumber(point), IsPunctuation)
                .DetachFirst(IsPunctuation, point => !IsNumber(point))
                .Surround(IsSymbol)
                .ToString();

        private static bool IsNumber(int point) => Rune.IsNumber(new Rune(point));

        private static bool IsPunctuation(int point) => Rune.IsPunctuation(new Rune(point));

        private static bool IsSymbol(int point) => Rune.IsSymbol(new Rune(point));
    }

    private sealed class ChineseTokenizer() : BleuTokenizer("zh")
    {
        private protected override string Separate(string segment) =>
            WesternPunctuation.Separate(new CodePointRewriter(PythonText.Trim(segment)).Surround(StandsAlone)).ToString();

        // sacreBLEU's ranges in ascending order. Two of them were meant as U+20000-2A6D6 and U+2F800-2FA1D, but were written with
        // four-digit escapes and compare as strings, so that they hold U+2001-2A6D and U+2F81-2FA1 instead: punctuation such as
        // the dashes and curly quotes of U+2010-201F stands alone, and the ideographs beyond U+FFFF do not.
        // Scores are comparable only if this stays as it is.
        private static bool StandsAlone(int point) => point
            is (>= 0x2001 and <= 0x2a6d)
            or (>= 0x2e80 and <= 0x2fdf)
            or (>= 0x2ff0 and <= 0x303f)
            or (>= 0x3100 and <= 0x312f)
            or (>= 0x31a0 and <= 0x31bf)
            or (>= 0x31c0 and <= 0x31ef)
            or (>= 0x3200 and <= 0x4db5)
            or (>= 0x4e00 and <= 0x9fbb)
            or (>= 0xf900 and <= 0xfa2d)
            or (>= 0xfa30 and <= 0xfa6a)
            or (>= 0xfa70 and <= 0xfad9)
            or (>= 0xfe10 and <= 0xfe1f)
            or (>= 0xfe30 and <= 0xfe4f)
            or (>= 0xff00 and <= 0xffef);
    }

    private sealed class CharacterTokenizer() : BleuTokenizer("char")
    {
        private protected override string Separate(string segment) => new CodePointRewriter(segment).Surround(_ => true).ToString();
    }
}
