using System.Text;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.Normalization;

public abstract partial record Normalizer
{
    /// <summary>Everything that the pattern finds becomes <paramref name="Content"/>.</summary>
    public sealed record Replace(TextPattern Pattern, string Content) : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            var all = text.Text;
            var parts = Pattern.Cut(all);
            if (!parts.Exists(part => part.IsMatch)) return text;
            var builder = new NormalizedText.Builder(text);
            foreach (var (span, isMatch) in parts)
            {
                if (isMatch) builder.Append(Content, span.Start, span.End);
                else for (var i = span.Start; i < span.End; i++) builder.Append(all.AsSpan(i, 1), i, i + 1);
            }
            return builder.Build();
        }
    }

    /// <summary>Text that is not empty begins with <paramref name="Content"/>.</summary>
    public sealed record Prepend(string Content) : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            if (text.Text.Length == 0 || Content.Length == 0) return text;
            for (var i = Content.Length - 1; i >= 0; i--) text = text.Prepend(Content[i]);
            return text;
        }
    }

    /// <summary>
    /// The rules that SentencePiece's nmt_ maps have beside NFKC: control characters go, and characters that look like a space become
    /// one (Hugging Face's Nmt; each scalar value compared with version 0.23.2).
    /// </summary>
    public sealed record Nmt : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text) => MapRunes(text, static (rune, output) =>
        {
            switch (rune.Value)
            {
                case >= 0x01 and <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F:
                    return 0;
                case 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD:
                    output[0] = ' ';
                    return 1;
                default:
                    return rune.EncodeToUtf16(output);
            }
        });
    }

    /// <summary>Each byte of UTF-8 becomes a character of GPT-2's alphabet (Radford et al. 2019).</summary>
    public sealed record ByteSpelling : Normalizer
    {
        internal override NormalizedText Apply(NormalizedText text)
        {
            var builder = new NormalizedText.Builder(text);
            Spell(text.Text, 0, builder);
            return builder.Build();
        }

        internal static void Spell(ReadOnlySpan<char> text, int start, NormalizedText.Builder builder)
        {
            Span<byte> bytes = stackalloc byte[4];
            Span<char> spelled = stackalloc char[4];
            foreach (var rune in text.EnumerateRunes())
            {
                var count = rune.EncodeToUtf8(bytes);
                for (var i = 0; i < count; i++) spelled[i] = ByteAlphabet.Character(bytes[i]);
                builder.Append(spelled[..count], start, start + rune.Utf16SequenceLength);
                start += rune.Utf16SequenceLength;
            }
        }
    }
}
