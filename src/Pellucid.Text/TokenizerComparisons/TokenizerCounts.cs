using System.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerComparisons;

/// <summary>What a tokenizer makes of a text, in numbers.</summary>
public sealed record TokenizerCounts
{
    /// <summary>Lines of text.</summary>
    public long Lines { get; init; }

    /// <summary>Words, as white space separates them; text without spaces (Chinese, Japanese) is one word a line.</summary>
    public long Words { get; init; }

    /// <summary>Unicode scalar values.</summary>
    public long Characters { get; init; }

    /// <summary>Bytes of UTF-8.</summary>
    public long Bytes { get; init; }

    /// <summary>Tokens, without any that stand for no text.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens that are the unknown token.</summary>
    public long Unknown { get; init; }

    /// <summary>Words that more than one token stands for.</summary>
    public long SplitWords { get; init; }

    /// <summary>Lines that decoding does not give back as they were.</summary>
    public long ChangedLines { get; init; }

    /// <summary>Tokens for a word; 1 is the least for text with spaces. Rust et al. 2021, section 3.2.</summary>
    public double Fertility => Words == 0 ? 0 : (double)Tokens / Words;

    /// <summary>The share of words that more than one token stands for. Rust et al. 2021, section 3.2.</summary>
    public double SplitShare => Words == 0 ? 0 : (double)SplitWords / Words;

    /// <summary>Characters for a token: how much the tokens compress the text.</summary>
    public double CharactersPerToken => Tokens == 0 ? 0 : (double)Characters / Tokens;

    /// <summary>The share of tokens that are unknown.</summary>
    public double UnknownShare => Tokens == 0 ? 0 : (double)Unknown / Tokens;

    /// <summary>One more line.</summary>
    internal TokenizerCounts With(string line, TokenEncoding encoding, Tokenizer tokenizer)
    {
        var (words, split) = CountWords(line, encoding.Offsets);
        return this with
        {
            Lines = Lines + 1, Words = Words + words, SplitWords = SplitWords + split,
            Characters = Characters + line.EnumerateRunes().Count(), Bytes = Bytes + Encoding.UTF8.GetByteCount(line),
            Tokens = Tokens + encoding.Ids.Length, Unknown = Unknown + encoding.Ids.Count(id => id == tokenizer.Vocabulary.UnknownIdOrNone),
            ChangedLines = ChangedLines + (tokenizer.Decode(encoding.Ids, skipSpecial: false) == line ? 0 : 1),
        };
    }

    // Tokens are in order, so both are walked once. A token belongs to every word that it shares a character with.
    private static (long Words, long Split) CountWords(string line, TextSpan[] offsets)
    {
        long words = 0, split = 0;
        var token = 0;
        for (var at = 0; at < line.Length;)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }
            var start = at;
            while (at < line.Length && !char.IsWhiteSpace(line[at])) at++;
            words++;
            while (token < offsets.Length && offsets[token].End <= start) token++;
            var pieces = 0;
            for (var i = token; i < offsets.Length && offsets[i].Start < at; i++)
                if (Shows(line, offsets[i], start, at)) pieces++;
            if (pieces > 1) split++;
        }
        return (words, split);
    }

    // A piece that is only the space before a word is not a part of the word.
    private static bool Shows(string line, TextSpan span, int start, int end) =>
        !line.AsSpan(Math.Max(span.Start, start)..Math.Max(Math.Min(span.End, end), Math.Max(span.Start, start))).IsWhiteSpace();
}
