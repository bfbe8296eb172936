using System.Globalization;
using System.Text;

namespace Pellucid.Text.Sentences;

/// <summary>Where a sentence that is too long is cut in two.</summary>
internal static class Division
{
    /// <summary>
    /// The position of the cut: after the clause that ends nearest to the middle; otherwise after the nearest space; otherwise
    /// between the nearest two characters, never inside one and never before a combining mark. 0 if there is no place to cut.
    /// The outer quarters of the sentence are left alone while the inner half has any such place.
    /// </summary>
    public static int Of(ReadOnlySpan<char> text)
    {
        var quarter = text.Length / 4;
        foreach (var (from, to) in (ReadOnlySpan<(int, int)>)[(quarter, text.Length - quarter), (0, text.Length)])
        {
            int clause = 0, space = 0;
            for (var at = Math.Max(from, 1); at < to; at++)
            {
                if (char.IsWhiteSpace(text[at])) continue; // white space stays with what is before it
                if (IsWideClauseEnd(text[at - 1])) clause = Nearer(clause, at, text.Length);
                if (!char.IsWhiteSpace(text[at - 1])) continue;
                space = Nearer(space, at, text.Length);
                var last = text[..at].TrimEnd();
                if (!last.IsEmpty && last[^1] is ',' or ';' or ':' or '—' or '–' or ')') clause = Nearer(clause, at, text.Length);
            }
            if (clause > 0) return clause;
            if (space > 0) return space;
        }
        var best = 0;
        for (var at = 1; at < text.Length; at++)
            if (IsBetweenCharacters(text, at)) best = Nearer(best, at, text.Length);
        return best;
    }

    private static int Nearer(int best, int candidate, int length) =>
        best == 0 || Math.Abs(2 * candidate - length) < Math.Abs(2 * best - length) ? candidate : best;

    private static bool IsWideClauseEnd(char character) => character is '，' or '、' or '；' or '：';

    private static bool IsBetweenCharacters(ReadOnlySpan<char> text, int at)
    {
        if (char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1])) return false;
        _ = Rune.DecodeFromUtf16(text[at..], out var rune, out _);
        return Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            && rune.Value != 0x200D && text[at - 1] != '\u200D';
    }
}
