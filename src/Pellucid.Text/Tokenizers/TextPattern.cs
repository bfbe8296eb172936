using System.Globalization;
using System.Text;
using Pellucid.Text.Tokenizers.Json;

namespace Pellucid.Text.Tokenizers;

/// <summary>
/// What a stage looks for in a text: a string, or one of the regular expressions whose meaning is certain here: those of GPT-2,
/// cl100k (Llama 3) and Qwen2, and one class of characters with how many of them. No engine of regular expressions runs.
/// </summary>
public sealed record TextPattern
{
    private readonly Finder _find;

    private TextPattern(string text, bool isRegex, Finder find, PreTokenizer.Scanner? scanner = null) =>
        (Text, IsRegex, _find, Scanner) = (text, isRegex, find, scanner);

    /// <summary>The next match from a place on: where it starts, or -1, and its length, which is at least 1.</summary>
    internal delegate int Finder(ReadOnlySpan<char> text, int from, out int length);

    /// <summary>The string, or the expression as a tokenizer.json spells it.</summary>
    public string Text { get; }

    public bool IsRegex { get; }

    /// <summary>The pre-tokenizer that cuts as this expression does, whose matches cover every text; null for other patterns.</summary>
    internal PreTokenizer.Scanner? Scanner { get; }

    /// <summary>A string, found as it is. An empty one is found nowhere.</summary>
    public static TextPattern Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text, false, (ReadOnlySpan<char> all, int from, out int length) =>
        {
            length = text.Length;
            var at = length == 0 ? -1 : all[from..].IndexOf(text, StringComparison.Ordinal);
            return at < 0 ? -1 : from + at;
        });
    }

    /// <exception cref="TokenizerException">The meaning of the expression is not known here.</exception>
    public static TextPattern Regex(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        if (SplitPattern.Known(expression) is { } scanner)
            return new(expression, true, (ReadOnlySpan<char> all, int from, out int length) =>
            {
                length = from < all.Length ? scanner.WordLength(all[from..]) : 0;
                return length > 0 ? from : -1;
            }, scanner);
        if (expression is LeadingSpaces or RepeatedSpaces or TrailingMetaspaces)
            return new(expression, true, expression switch { LeadingSpaces => FindLeading, RepeatedSpaces => FindRepeated, _ => FindTrailing });
        var rest = expression.AsSpan();
        if (ReadClass(ref rest) is { } isOne && ReadCount(rest, out var least, out var most))
            return new(expression, true, (ReadOnlySpan<char> all, int from, out int length) => FindRun(all, from, isOne, least, most, out length));
        throw new TokenizerException($"'{expression}' is a regular expression that is not supported");
    }

    /// <summary>The spaces that a text begins with.</summary>
    internal const string LeadingSpaces = @"\A +";

    /// <summary>The spaces after a space.</summary>
    internal const string RepeatedSpaces = "(?<= ) +";

    /// <summary>The U+2581 that a text ends with.</summary>
    internal const string TrailingMetaspaces = @"▁+\z";

    private static int FindLeading(ReadOnlySpan<char> text, int from, out int length)
    {
        length = from > 0 ? 0 : text.Length - text.TrimStart(' ').Length;
        return length > 0 ? 0 : -1;
    }

    private static int FindRepeated(ReadOnlySpan<char> text, int from, out int length)
    {
        length = 0;
        var start = Math.Max(from, 1);
        while (start < text.Length && (text[start] != ' ' || text[start - 1] != ' ')) start++;
        while (start + length < text.Length && text[start + length] == ' ') length++;
        return length > 0 ? start : -1;
    }

    private static int FindTrailing(ReadOnlySpan<char> text, int from, out int length)
    {
        var start = Math.Max(text.TrimEnd(Spacing.MetaspaceCharacter).Length, from);
        length = Math.Max(text.Length - start, 0);
        return length > 0 ? start : -1;
    }

    /// <summary>A match of each character that is one.</summary>
    internal static Finder Each(Predicate<Rune> isOne) =>
        (ReadOnlySpan<char> all, int from, out int length) => FindRun(all, from, isOne, 1, 1, out length);

    /// <summary>The text in order, cut at the matches; a match is never empty.</summary>
    internal static List<(TextSpan Span, bool IsMatch)> Cut(ReadOnlySpan<char> text, Finder find)
    {
        var parts = new List<(TextSpan, bool)>();
        for (var at = 0; at < text.Length;)
        {
            var start = find(text, at, out var length);
            if (start < 0) start = text.Length;
            if (start > at) parts.Add((TextSpan.Between(at, start), false));
            if (start < text.Length) parts.Add((new(start, length), true));
            at = start + length;
            if (start == text.Length) break;
        }
        return parts;
    }

    internal List<(TextSpan Span, bool IsMatch)> Cut(ReadOnlySpan<char> text) => Cut(text, _find);

    public bool Equals(TextPattern? other) => other is not null && Text == other.Text && IsRegex == other.IsRegex;

    public override int GetHashCode() => HashCode.Combine(Text, IsRegex);

    public override string ToString() => (IsRegex ? "regex " : "") + Text;

    // The first run of at least that many; a longer one gives as many as there may be.
    private static int FindRun(ReadOnlySpan<char> text, int from, Predicate<Rune> isOne, int least, int most, out int length)
    {
        for (var start = from; start < text.Length;)
        {
            var (end, count) = (start, 0);
            while (end < text.Length && count < most)
            {
                _ = Rune.DecodeFromUtf16(text[end..], out var rune, out var units);
                if (!isOne(rune)) break;
                end += units;
                count++;
            }
            if (count >= least)
            {
                length = end - start;
                return start;
            }
            if (end < text.Length) _ = Rune.DecodeFromUtf16(text[end..], out _, out length);
            else length = 0;
            start = end + length;
        }
        length = 0;
        return -1;
    }

    private static Predicate<Rune>? ReadClass(ref ReadOnlySpan<char> expression)
    {
        foreach (var (name, isOne) in Classes)
        {
            if (!expression.StartsWith(name, StringComparison.Ordinal)) continue;
            expression = expression[name.Length..];
            return isOne;
        }
        if (Rune.DecodeFromUtf16(expression, out var literal, out var length) != System.Buffers.OperationStatus.Done
            || @"\.^$|?*+()[]{}".Contains((char)literal.Value) && literal.IsBmp) return null;
        expression = expression[length..];
        return rune => rune == literal;
    }

    private static readonly (string Name, Predicate<Rune> IsOne)[] Classes =
    [
        (@"\s", Rune.IsWhiteSpace), (@"\S", rune => !Rune.IsWhiteSpace(rune)), (@"\d", rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber),
        (@"\p{N}", Rune.IsNumber), (@"\p{L}", Rune.IsLetter), (@"\p{P}", Rune.IsPunctuation), ("[0-9]", rune => rune.IsAscii && char.IsAsciiDigit((char)rune.Value)),
        (@"[\r\n]", rune => rune.Value is '\r' or '\n'), (@"\n", rune => rune.Value == '\n'), (@"\r", rune => rune.Value == '\r'), (@"\t", rune => rune.Value == '\t'),
        ("[ ]", rune => rune.Value == ' '), (@"[\s\S]", _ => true),
    ];

    // Nothing, +, {n}, {n,} or {n,m}.
    private static bool ReadCount(ReadOnlySpan<char> count, out int least, out int most)
    {
        (least, most) = (1, 1);
        if (count.IsEmpty) return true;
        most = int.MaxValue;
        if (count is "+") return true;
        if (count is not ['{', .. var inner, '}']) return false;
        var comma = inner.IndexOf(',');
        if (!Number(comma < 0 ? inner : inner[..comma], out least) || least < 1) return false;
        if (comma < 0) most = least;
        else if (comma + 1 < inner.Length && (!Number(inner[(comma + 1)..], out most) || most < least)) return false;
        return true;

        static bool Number(ReadOnlySpan<char> digits, out int value) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
