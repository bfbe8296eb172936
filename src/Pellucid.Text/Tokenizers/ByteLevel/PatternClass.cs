using System.Globalization;

namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>What the published pre-tokenisation patterns tell apart: \p{L}, \p{N}, \s and everything else.</summary>
internal enum PatternClass : byte { Sign, Letter, Number, Space, Surrogate }

/// <summary>The classes of characters, looked up by code point: a letter outside the BMP is a letter, a surrogate alone is a sign, as U+FFFD is.</summary>
internal static class PatternClasses
{
    private static readonly PatternClass[] Table = [.. Enumerable.Range(0, 1 << 16).Select(value => OfUnit((char)value))];

    /// <summary>The class of the character at a place, and how many UTF-16 units it has.</summary>
    public static PatternClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var unit = text[at];
        var found = Table[unit];
        if (found != PatternClass.Surrogate) return found;
        if (!char.IsHighSurrogate(unit) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])) return PatternClass.Sign;
        length = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(unit, text[at + 1])));
    }

    /// <summary>Where the characters of this class that begin at a place end.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int at, PatternClass run)
    {
        var table = Table;
        while (at < text.Length)
        {
            var found = table[text[at]];
            var length = 1;
            if (found == PatternClass.Surrogate) found = At(text, at, out length);
            if (found != run) break;
            at += length;
        }
        return at;
    }

    /// <summary>
    /// The length of what <c>\s+(?!\S)|\s+</c> takes of white space: all of it at the end of the text, otherwise all but the last
    /// character, which goes with the next word if it can.
    /// </summary>
    /// <param name="text">Begins with white space.</param>
    /// <param name="run">How many characters of white space, all of one UTF-16 unit.</param>
    public static int SpaceLength(ReadOnlySpan<char> text, int run) => run == text.Length || run == 1 ? run : run - 1;

    private static PatternClass OfUnit(char unit) =>
        char.IsSurrogate(unit) ? PatternClass.Surrogate
        : char.IsWhiteSpace(unit) ? PatternClass.Space // White_Space of Unicode, as \s is
        : Of(CharUnicodeInfo.GetUnicodeCategory(unit));

    private static PatternClass Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => PatternClass.Letter,                                     // Lu Ll Lt Lm Lo
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => PatternClass.Number, // Nd Nl No
        _ => PatternClass.Sign,
    };
}
