using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers;

/// <summary>Which words get a U+2581 in front that the text does not have.</summary>
public enum PrependScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>Only the word that the whole text begins with.</summary>
    First,

    /// <summary>Every section's first word.</summary>
    Always,
}

public abstract partial record PreTokenizer
{
    /// <summary>
    /// Spaces become U+2581, as SentencePiece spells them (Kudo and Richardson 2018, section 3), one stands before the first word
    /// if it has none, and each begins a word. Unlike <see cref="Spacing.Metaspace"/>, a U+2581 of the text is taken for a space.
    /// </summary>
    public sealed record Metaspace(PrependScheme Prepend = PrependScheme.Always, bool Split = true) : PreTokenizer
    {
        /// <summary>The character that stands for a space.</summary>
        public char Replacement { get; init; } = Spacing.MetaspaceCharacter;

        internal override void Cut(PreTokenization work)
        {
            var builder = new NormalizedText.Builder(work.Text);
            var words = new List<TextSpan>();
            ReadOnlySpan<char> space = [Replacement];
            foreach (var whole in work.Words)
            {
                var text = whole.Of(work.Text.Text);
                var start = builder.Length;
                var prepends = Prepend == PrependScheme.Always || Prepend == PrependScheme.First && work.AtStart && whole.Start == 0;
                if (prepends && text[0] != ' ' && text[0] != Replacement) builder.Append(space, whole.Start, whole.Start);
                for (var i = 0; i < text.Length; i++)
                {
                    var isSpace = text[i] == ' ' || text[i] == Replacement;
                    if (isSpace && Split && builder.Length > start)
                    {
                        words.Add(TextSpan.Between(start, builder.Length));
                        start = builder.Length;
                    }
                    builder.Append(isSpace ? space : text.Slice(i, 1), whole.Start + i, whole.Start + i + 1);
                }
                words.Add(TextSpan.Between(start, builder.Length));
            }
            work.Text = builder.Build();
            work.Words = words;
        }
    }
}
