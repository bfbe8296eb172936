using System.Text;

namespace Pellucid.Text.Normalization;

public abstract partial record Normalizer
{
    /// <summary>
    /// What BERT does to a text (Devlin et al. 2019, their tokenization.py), as Hugging Face's BertNormalizer: control characters go
    /// and white space becomes spaces; ideographs get a space on either side; accents go; letters become lower case.
    /// </summary>
    /// <param name="CleanText">Whether control characters go and white space becomes spaces.</param>
    /// <param name="SeparateIdeographs">Whether each Chinese character stands between spaces, and so is a word.</param>
    /// <param name="RemoveAccents">Whether accents go; null: if <paramref name="LowerCase"/>.</param>
    /// <param name="LowerCase">Whether letters become lower case.</param>
    public sealed record Bert(bool CleanText = true, bool SeparateIdeographs = true, bool? RemoveAccents = null, bool LowerCase = true) : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            if (CleanText || SeparateIdeographs) text = Clean(text);
            if (RemoveAccents ?? LowerCase) text = WithoutAccents(text);
            return LowerCase ? ToLower.Apply(text) : text;
        }

        private static readonly Lowercase ToLower = new();

        private NormalizedText Clean(NormalizedText text) => IsClean(text.Text) ? text : MapRunes(text, (rune, output) =>
        {
            if (CleanText)
            {
                if (rune.Value is '\t' or '\n' or '\r') rune = new(' ');
                if (rune.Value is 0 or 0xFFFD || OlderUnicode.IsControl(rune)) return 0;
                if (Rune.IsWhiteSpace(rune)) rune = new(' ');
            }
            if (!SeparateIdeographs || !IsIdeograph(rune.Value)) return rune.EncodeToUtf16(output);
            output[0] = ' ';
            var length = rune.EncodeToUtf16(output[1..]);
            output[length + 1] = ' ';
            return length + 2;
        });

        private static bool IsClean(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

        private static NormalizedText WithoutAccents(NormalizedText text)
        {
            if (!text.Text.AsSpan().ContainsAnyExceptInRange('\0', '\u007F')) return text;
            return MapRunes(UnicodeForm.Apply(text, compose: false, compatibility: false), static (rune, output) =>
                OlderUnicode.IsNonSpacingMark(rune) ? 0 : rune.EncodeToUtf16(output));
        }

        // The blocks that tokenization.py names, with the first of 2B920 to 2CEAF as Hugging Face has it (there 2B820).
        private static bool IsIdeograph(int code) => code is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0xF900 and <= 0xFAFF
            or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF
            or >= 0x2F800 and <= 0x2FA1F;
    }
}
