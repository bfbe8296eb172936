namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>
/// The words of cl100k_base's pattern, found without it (tiktoken, openai_public.py):
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal static class Cl100kPattern
{
    /// <summary>The length of the first word of a text that is not empty.</summary>
    public static int WordLength(ReadOnlySpan<char> text, int mostDigits = 3)
    {
        if (text[0] == '\'' && Contraction(text) is > 0 and var contraction) return contraction;
        var first = PatternClasses.At(text, 0, out var length);
        if (first == PatternClass.Letter) return PatternClasses.RunEnd(text, length, PatternClass.Letter);
        if (first == PatternClass.Number) return Digits(text, length, mostDigits);
        if (text[0] is not ('\r' or '\n'))
        {
            var end = PatternClasses.RunEnd(text, length, PatternClass.Letter);
            if (end > length) return end;
        }
        if (first == PatternClass.Sign) return Signs(text, 0);
        if (text[0] == ' ' && text.Length > 1 && PatternClasses.At(text, 1, out _) == PatternClass.Sign) return Signs(text, 1);
        var run = PatternClasses.RunEnd(text, 0, PatternClass.Space);
        var newline = text[..run].LastIndexOfAny('\r', '\n');
        return newline >= 0 ? newline + 1 : PatternClasses.SpaceLength(text, run);
    }

    private static int Digits(ReadOnlySpan<char> text, int end, int most)
    {
        for (var digits = 1; digits < most && end < text.Length; digits++)
        {
            if (PatternClasses.At(text, end, out var length) != PatternClass.Number) break;
            end += length;
        }
        return end;
    }

    private static int Signs(ReadOnlySpan<char> text, int start)
    {
        var end = PatternClasses.RunEnd(text, start, PatternClass.Sign);
        while (end < text.Length && text[end] is '\r' or '\n') end++;
        return end;
    }

    // Without regard to case: U+017F, the long s, is an s by Unicode's case folding.
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        ['\'', 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or ['\'', 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
