using System.Globalization;
using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>How a text is cut into words before a model cuts the words into pieces. A closed family.</summary>
public abstract partial record PreTokenizer
{
    private PreTokenizer()
    {
    }

    /// <summary>The whole text is one word.</summary>
    public static PreTokenizer Whole { get; } = new Sequence([]);

    /// <summary>Cuts each of the words so far into smaller ones; some members change the text as well.</summary>
    internal abstract void Cut(PreTokenization work);

    /// <summary>Whether white space is dropped instead of being a word or a part of one.</summary>
    internal virtual bool DropsWhitespace => false;

    /// <summary>A member that finds words from left to right, each from what follows it alone.</summary>
    public abstract record Scanner : PreTokenizer
    {
        private protected Scanner()
        {
        }

        /// <summary>The length of the word at the start of <paramref name="text"/>, which is not empty; at least 1.</summary>
        internal abstract int WordLength(ReadOnlySpan<char> text);

        internal override void Cut(PreTokenization work)
        {
            var text = work.Text.Text;
            var words = new List<TextSpan>(text.Length / 5 + 1);
            foreach (var whole in work.Words)
            {
                for (var at = whole.Start; at < whole.End;)
                {
                    var length = WordLength(text.AsSpan(at, whole.End - at));
                    if (!DropsWhitespace || !char.IsWhiteSpace(text[at])) words.Add(new(at, length));
                    at += length;
                }
            }
            work.Words = words;
        }
    }

    /// <summary>Each member in turn, within the words of the one before.</summary>
    public sealed record Sequence(IReadOnlyList<PreTokenizer> Members) : PreTokenizer
    {
        internal override bool DropsWhitespace => Members.Any(member => member.DropsWhitespace);

        internal override void Cut(PreTokenization work)
        {
            foreach (var member in Members) member.Cut(work);
        }

        public bool Equals(Sequence? other) => other is not null && Members.SequenceEqual(other.Members);

        public override int GetHashCode() => Members.Aggregate(19, HashCode.Combine);
    }

    /// <summary>
    /// Words with the space before them; apostrophes inside a word belong to it; each digit alone; runs of other signs together:
    /// "Don't say 42!" is [Don't][ say][ 4][2][!].
    /// </summary>
    public sealed record WordsAndSigns : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text)
        {
            var start = text[0] == ' ' ? 1 : 0;
            switch (ClassAt(text, start, out var length))
            {
                case CharacterClass.Letter:
                    return LettersFrom(text, start);
                case CharacterClass.Number:
                    return start + length;
                case CharacterClass.Sign:
                    var end = start + length;
                    while (ClassAt(text, end, out length) == CharacterClass.Sign) end += length;
                    return end;
                default:
                    return start == 1 ? 1 : length;
            }
        }

        private static int LettersFrom(ReadOnlySpan<char> text, int end)
        {
            while (true)
            {
                while (ClassAt(text, end, out var length) == CharacterClass.Letter) end += length;
                if (end >= text.Length || text[end] is not ('\'' or '\u2019')) return end;
                if (ClassAt(text, end + 1, out _) != CharacterClass.Letter) return end;
                end++;
            }
        }
    }

    /// <summary>Words as white space separates them, each with the space before it: for text that is already tokenised.</summary>
    public sealed record Spaces : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text)
        {
            var start = text[0] == ' ' ? 1 : 0;
            var end = start;
            while (IsVisible(ClassAt(text, end, out var length))) end += length;
            if (end > start) return end;
            _ = ClassAt(text, 0, out var first);
            return first;
        }

        private static bool IsVisible(CharacterClass value) =>
            value is CharacterClass.Letter or CharacterClass.Number or CharacterClass.Sign;
    }

    /// <summary>Words as white space separates them; the white space is dropped.</summary>
    public sealed record WhitespaceSplit : Scanner
    {
        internal override bool DropsWhitespace => true;

        internal override int WordLength(ReadOnlySpan<char> text)
        {
            var end = 0;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            return Math.Max(end, 1);
        }
    }

    /// <summary>Each Unicode scalar value is a word.</summary>
    public sealed record Characters : Scanner
    {
        internal override int WordLength(ReadOnlySpan<char> text)
        {
            _ = Rune.DecodeFromUtf16(text, out _, out var length);
            return length;
        }
    }

    private enum CharacterClass { End, Letter, Number, Sign, Whitespace, Metaspace }

    private static CharacterClass ClassAt(ReadOnlySpan<char> text, int position, out int length)
    {
        length = 0;
        if (position >= text.Length) return CharacterClass.End;
        length = 1;
        var character = text[position];
        if (char.IsAsciiLetter(character)) return CharacterClass.Letter;
        if (character == Spacing.MetaspaceCharacter) return CharacterClass.Metaspace;
        if (char.IsWhiteSpace(character)) return CharacterClass.Whitespace;
        UnicodeCategory category;
        if (char.IsSurrogate(character))
        {
            _ = Rune.DecodeFromUtf16(text[position..], out var rune, out length);
            category = Rune.GetUnicodeCategory(rune);
        }
        else
        {
            category = CharUnicodeInfo.GetUnicodeCategory(character);
        }
        return category switch
        {
            <= UnicodeCategory.EnclosingMark => CharacterClass.Letter, // Lu Ll Lt Lm Lo Mn Mc Me
            <= UnicodeCategory.OtherNumber => CharacterClass.Number,   // Nd Nl No
            _ => CharacterClass.Sign,
        };
    }
}
