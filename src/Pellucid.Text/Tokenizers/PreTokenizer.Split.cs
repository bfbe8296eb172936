using System.Text;
using Pellucid.Text.Normalization;

namespace Pellucid.Text.Tokenizers;

/// <summary>What becomes of the matches that a text is cut at, as Hugging Face's tokenizers name it.</summary>
public enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a word.</summary>
    Isolated,

    /// <summary>Each belongs to the word before it, unless that is a match too.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the word after it, unless that is a match too.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one word.</summary>
    Contiguous,
}

public abstract partial record PreTokenizer
{
    /// <summary>A member that cuts each word at the matches of something.</summary>
    public abstract record Cutter : PreTokenizer
    {
        private protected Cutter()
        {
        }

        private protected abstract SplitBehavior Behaves { get; }

        private protected virtual bool Inverted => false;

        private protected abstract List<(TextSpan Span, bool IsMatch)> Parts(ReadOnlySpan<char> word);

        internal override void Cut(PreTokenization work)
        {
            var text = work.Text.Text;
            var words = new List<TextSpan>(work.Words.Count);
            foreach (var whole in work.Words)
            {
                var parts = Parts(whole.Of(text));
                if (Inverted) parts = parts.ConvertAll(part => (part.Span, !part.IsMatch));
                foreach (var span in Arrange(parts, Behaves)) words.Add(new(whole.Start + span.Start, span.Length));
            }
            work.Words = words;
        }

        private static List<TextSpan> Arrange(List<(TextSpan Span, bool IsMatch)> parts, SplitBehavior behavior)
        {
            var words = new List<TextSpan>(parts.Count);
            if (behavior == SplitBehavior.MergedWithNext) parts.Reverse();
            var before = false; // whether the part before is a match
            foreach (var (span, isMatch) in parts)
            {
                var joins = words.Count > 0 && behavior switch
                {
                    SplitBehavior.Contiguous => isMatch == before,
                    SplitBehavior.MergedWithPrevious or SplitBehavior.MergedWithNext => isMatch && !before,
                    _ => false,
                };
                before = isMatch;
                if (joins) words[^1] = TextSpan.Between(Math.Min(words[^1].Start, span.Start), Math.Max(words[^1].End, span.End));
                else if (!isMatch || behavior != SplitBehavior.Removed) words.Add(span);
            }
            if (behavior == SplitBehavior.MergedWithNext) words.Reverse();
            return words;
        }
    }

    /// <summary>Cuts at what a pattern finds.</summary>
    /// <param name="Pattern">What is looked for.</param>
    /// <param name="Behavior">What becomes of it.</param>
    /// <param name="Invert">Whether what lies between the matches counts as the matches.</param>
    public sealed record PatternSplit(TextPattern Pattern, SplitBehavior Behavior, bool Invert = false) : Cutter
    {
        private protected override SplitBehavior Behaves => Behavior;

        private protected override bool Inverted => Invert;

        private protected override List<(TextSpan Span, bool IsMatch)> Parts(ReadOnlySpan<char> word) => Pattern.Cut(word);
    }

    /// <summary>Cuts at punctuation: the 32 signs of ASCII and Unicode's category P.</summary>
    public sealed record Punctuation(SplitBehavior Behavior = SplitBehavior.Isolated) : Cutter
    {
        private static readonly TextPattern.Finder Find = TextPattern.Each(OlderUnicode.IsPunctuation);

        private protected override SplitBehavior Behaves => Behavior;

        private protected override List<(TextSpan Span, bool IsMatch)> Parts(ReadOnlySpan<char> word) => TextPattern.Cut(word, Find);
    }

    /// <summary>Numbers (Unicode's category N) are words of their own: each run of them, or each digit.</summary>
    public sealed record Digits(bool Individual = false) : Cutter
    {
        private static readonly TextPattern.Finder Find = TextPattern.Each(Rune.IsNumber);

        private protected override SplitBehavior Behaves => Individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous;

        private protected override List<(TextSpan Span, bool IsMatch)> Parts(ReadOnlySpan<char> word) => TextPattern.Cut(word, Find);
    }

    /// <summary>Cuts at one character, which is dropped.</summary>
    public sealed record Delimiter(Rune Character) : Cutter
    {
        private protected override SplitBehavior Behaves => SplitBehavior.Removed;

        private protected override List<(TextSpan Span, bool IsMatch)> Parts(ReadOnlySpan<char> word) =>
            TextPattern.Cut(word, TextPattern.Each(rune => rune == Character));
    }

    /// <summary>Runs of letters, digits and underscores, and runs of other signs: <c>\w+|[^\w\s]+</c>. White space is dropped.</summary>
    public sealed record WordsOrSigns : Scanner
    {
        internal override bool DropsWhitespace => true;

        internal override int WordLength(ReadOnlySpan<char> text)
        {
            _ = Rune.DecodeFromUtf16(text, out var first, out var end);
            if (Rune.IsWhiteSpace(first)) return end;
            var isWord = WordCharacter.Is(first);
            while (end < text.Length)
            {
                _ = Rune.DecodeFromUtf16(text[end..], out var rune, out var length);
                if (Rune.IsWhiteSpace(rune) || WordCharacter.Is(rune) != isWord) break;
                end += length;
            }
            return end;
        }
    }

    /// <summary>Every so many characters (Unicode scalar values) are a word.</summary>
    public sealed record FixedLength(int Length) : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text)
        {
            var end = 0;
            for (var count = 0; count < Length && end < text.Length; count++)
            {
                _ = Rune.DecodeFromUtf16(text[end..], out _, out var length);
                end += length;
            }
            return end;
        }
    }

    /// <summary>
    /// Each byte of UTF-8 becomes a character of GPT-2's alphabet, for models that know no bytes themselves; all characters of one
    /// character's bytes come from it.
    /// </summary>
    public sealed record ByteSpelling : PreTokenizer
    {
        internal override void Cut(PreTokenization work)
        {
            var builder = new NormalizedText.Builder(work.Text);
            var words = new List<TextSpan>(work.Words.Count);
            foreach (var word in work.Words)
            {
                var start = builder.Length;
                Normalizer.ByteSpelling.Spell(word.Of(work.Text.Text), word.Start, builder);
                words.Add(TextSpan.Between(start, builder.Length));
            }
            work.Text = builder.Build();
            work.Words = words;
        }
    }

    /// <summary>The members of sequences in sequences, one after the other.</summary>
    internal IEnumerable<PreTokenizer> Flattened => this is Sequence(var members) ? members.SelectMany(member => member.Flattened) : [this];

    /// <summary>A sequence of what is more or fewer than one.</summary>
    internal static PreTokenizer Of(IReadOnlyList<PreTokenizer> members) => members switch
    {
        [] => Whole,
        [var only] => only,
        _ => new Sequence(members),
    };
}
