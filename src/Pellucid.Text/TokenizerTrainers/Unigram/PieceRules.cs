using System.Text;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>What may be a piece, as SentencePiece has it: not too long, of one script, digits apart from letters.</summary>
internal sealed class PieceRules(UnigramTrainerOptions options, IReadOnlySet<string> reserved)
{
    /// <param name="piece">Of characters that the vocabulary has; U+2581 is none but the first.</param>
    public bool Allow(ReadOnlySpan<char> piece)
    {
        if (char.IsHighSurrogate(piece[^1]) || char.IsLowSurrogate(piece[0])) return false;
        var scripts = UnicodeScripts.Instance;
        var length = 0;
        var previous = -1; // any script
        foreach (var rune in piece.EnumerateRunes())
        {
            length++;
            if (rune.Value == Tokenizers.Spacing.MetaspaceCharacter) continue;
            int script = scripts.Of(rune);
            if (script == scripts.Inherited) script = previous;
            var digit = rune.Value is >= '0' and <= '9';
            if (digit && options.SplitDigits && piece.Length > 1) return false;
            if (digit && !options.SplitByNumber) script = -1;
            if (options.SplitByScript && script >= 0 && previous >= 0 && script != previous) return false;
            previous = script;
        }
        return length <= options.MaximumPieceLength && !reserved.Contains(piece.ToString());
    }
}
