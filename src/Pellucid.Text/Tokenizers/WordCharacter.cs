using System.Globalization;
using System.Text;

namespace Pellucid.Text.Tokenizers;

internal static class WordCharacter
{
    /// <summary><c>\w</c> of Unicode's regular expressions: Alphabetic, M, Nd, Pc, Join_Control (Unicode Technical Standard #18, annex C).</summary>
    public static bool Is(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber => true, // L, M, Nd, Nl
        UnicodeCategory.ConnectorPunctuation => true,
        // The Alphabetic of category So: letters in circles and squares.
        _ => rune.Value is 0x200C or 0x200D or >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149
            or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189,
    };
}
