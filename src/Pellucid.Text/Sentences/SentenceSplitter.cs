using System.Globalization;

namespace Pellucid.Text.Sentences;

/// <summary>
/// Cuts a text after its sentences. The spans follow one another without a gap and cover the text exactly; white space belongs to the
/// sentence before it. Rules for English and Spanish abbreviations; Chinese and Japanese signs end a sentence by themselves.
/// </summary>
public static class SentenceSplitter
{
    /// <summary>
    /// The sentences, in order. One that <paramref name="fits"/> refuses is divided near its middle, at the end of a clause if it has one
    /// there, otherwise at a space, otherwise between two characters, until every part fits or is one character.
    /// </summary>
    /// <param name="text">Any text; an empty one has no sentences.</param>
    /// <param name="fits">Whether a part is short enough, by the number of its tokens for example; null takes every sentence.</param>
    public static IReadOnlyList<TextSpan> Split(string text, Func<TextSpan, bool>? fits = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var spans = new List<TextSpan>();
        for (var start = 0; start < text.Length;)
        {
            var end = SentenceEnd(text, start);
            AddFitting(text, TextSpan.Between(start, end), fits, spans);
            start = end;
        }
        return spans;
    }

    /// <summary>As the other, with the longest part given in UTF-16 characters.</summary>
    public static IReadOnlyList<TextSpan> Split(string text, int maximumLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, 1);
        return Split(text, span => span.Length <= maximumLength);
    }

    private static int SentenceEnd(string text, int start)
    {
        var at = start;
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++; // a text may begin with empty lines
        for (; at < text.Length; at++)
        {
            var character = text[at];
            if (character is '\n' or '\r' or '\u2028' or '\u2029') return AfterWhitespace(text, at);
            if (!IsTerminator(character)) continue;
            var stop = at;
            while (at < text.Length && (IsTerminator(text[at]) || IsClosing(text[at]))) at++;
            if (at == text.Length || IsWideTerminator(character) || char.IsWhiteSpace(text[at]) && Ends(text, start, stop, at))
                return AfterWhitespace(text, at);
            at--;
        }
        return text.Length;
    }

    /// <summary>Whether the signs from <paramref name="stop"/> up to the white space at <paramref name="after"/> end the sentence.</summary>
    private static bool Ends(string text, int start, int stop, int after)
    {
        if (text.AsSpan(stop, after - stop).IndexOfAny('!', '?') >= 0) return !NextIsLower(text, after);
        if (NextIsLower(text, after)) return false;
        if (text[stop] != '.' || after - stop > 1) return true;
        var word = WordBefore(text, start, stop);
        if (Abbreviations.BeforeNames.Contains(word)) return false;
        if (IsInitial(word)) return false;
        return !(IsNumberNext(text, after) && Abbreviations.BeforeNumbers.Contains(word));
    }

    // "J. Smith", "EE. UU."; but "I." ends a sentence.
    private static bool IsInitial(ReadOnlySpan<char> word) =>
        word.Length == 1 && char.IsUpper(word[0]) && word[0] != 'I' || word is "EE";

    private static ReadOnlySpan<char> WordBefore(string text, int start, int stop)
    {
        var from = stop;
        while (from > start && !char.IsWhiteSpace(text[from - 1]) && !IsOpening(text[from - 1])) from--;
        return text.AsSpan(from, stop - from);
    }

    private static bool NextIsLower(string text, int at)
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || IsOpening(text[at])))
        {
            if (text[at] is '\n' or '\r') return false;
            at++;
        }
        return at < text.Length && char.IsLower(text[at]);
    }

    private static bool IsNumberNext(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at < text.Length && char.IsDigit(text[at]);
    }

    private static int AfterWhitespace(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    private static bool IsTerminator(char character) => character is '.' or '!' or '?' or '…' || IsWideTerminator(character);

    private static bool IsWideTerminator(char character) => character is '。' or '！' or '？' or '｡';

    private static bool IsClosing(char character) => character is '"' or '\'' or ')' or ']' or '}'
        || CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.ClosePunctuation;

    private static bool IsOpening(char character) => character is '"' or '\'' or '(' or '[' or '{' or '¿' or '¡'
        || CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.OpenPunctuation;

    private static void AddFitting(string text, TextSpan span, Func<TextSpan, bool>? fits, List<TextSpan> spans)
    {
        var pending = new Stack<TextSpan>([span]);
        while (pending.TryPop(out var part))
        {
            var cut = fits is null || fits(part) ? 0 : Division.Of(part.Of(text));
            if (cut == 0)
            {
                spans.Add(part);
                continue;
            }
            pending.Push(TextSpan.Between(part.Start + cut, part.End));
            pending.Push(new(part.Start, cut));
        }
    }
}
