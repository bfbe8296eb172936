using System.Text;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers;

public abstract partial record PreTokenizer
{
    /// <summary>
    /// White space is dropped, each punctuation sign is a word, and so is what lies between (Devlin et al. 2019, their
    /// tokenization.py): "Don't!" is [Don]['][t][!].
    /// </summary>
    public sealed record Bert : Scanner
    {
        internal override bool DropsWhitespace => true;

        internal override int WordLength(ReadOnlySpan<char> text)
        {
            for (var end = 0; end < text.Length;)
            {
                var character = text[end];
                if (char.IsAsciiLetterOrDigit(character))
                {
                    end++;
                    continue;
                }
                _ = Rune.DecodeFromUtf16(text[end..], out var rune, out var length);
                if (char.IsWhiteSpace(character) || OlderUnicode.IsPunctuation(rune)) return end == 0 ? length : end;
                end += length;
            }
            return text.Length;
        }
    }
}
