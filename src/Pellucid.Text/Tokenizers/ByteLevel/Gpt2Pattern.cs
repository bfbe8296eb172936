namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>
/// The words of GPT-2's pattern, found without it (Radford et al. 2019; gpt-2/src/encoder.py):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal static class Gpt2Pattern
{
    /// <summary>The length of the first word of a text that is not empty.</summary>
    public static int WordLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text) is > 0 and var contraction) return contraction;
        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var first = PatternClasses.At(text, start, out var length);
        return first == PatternClass.Space
            ? PatternClasses.SpaceLength(text, PatternClasses.RunEnd(text, 0, PatternClass.Space))
            : PatternClasses.RunEnd(text, start + length, first);
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] or ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };
}
