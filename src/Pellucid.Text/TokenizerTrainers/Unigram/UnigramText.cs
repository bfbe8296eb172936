using System.Runtime.InteropServices;
using System.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>
/// A text to learn a unigram model from: its different words with their counts, cut where a character is too rare to be in the vocabulary
/// and at user-defined symbols, which no piece crosses.
/// </summary>
/// <param name="Words">The most frequent first, equals in ordinal order.</param>
/// <param name="Characters">Those that the vocabulary must have, the most frequent first.</param>
/// <param name="Lines">Lines read.</param>
internal sealed record UnigramText(IReadOnlyList<(string Text, long Count)> Words, IReadOnlyList<(string Text, long Count)> Characters, long Lines)
{
    private const char Space = Spacing.MetaspaceCharacter;

    /// <exception cref="TokenizerException">There is no text.</exception>
    public static UnigramText Read(IEnumerable<string> lines, Normalizer normalizer, UnigramTrainerOptions options,
        IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellation)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        var symbols = Symbols(options);
        var count = 0L;
        foreach (var line in lines)
        {
            var text = normalizer.Normalize(line).Text.AsSpan();
            while (!text.IsEmpty)
            {
                var length = WordLength(text, symbols);
                if (length > 0) CollectionsMarshal.GetValueRefOrAddDefault(lookup, text[..length], out _)++;
                text = text[Math.Max(length, symbols.Longest(text, out _))..];
            }
            if (++count % 4096 != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new(count, 0, options.VocabularySize));
        }
        var characters = Covered(words, options.CharacterCoverage);
        if (characters.Count == 0) throw new TokenizerException("there is no text to learn from");
        return new(Sorted(CutAtOthers(words, characters.Select(character => character.Text).ToHashSet(StringComparer.Ordinal))), characters, count);
    }

    private static PieceTrie Symbols(UnigramTrainerOptions options)
    {
        var symbols = new PieceTrie();
        foreach (var symbol in options.UserDefinedSymbols) symbols.Add(symbol, 0);
        return symbols;
    }

    // Up to the next U+2581 or symbol; 0 at a symbol.
    private static int WordLength(ReadOnlySpan<char> text, PieceTrie symbols)
    {
        for (var at = 0; at < text.Length; at++)
            if (at > 0 && text[at] == Space || symbols.Longest(text[at..], out _) > 0) return at;
        return text.Length;
    }

    private static List<(string Text, long Count)> Covered(Dictionary<string, long> words, double coverage)
    {
        var counts = new Dictionary<Rune, long>();
        foreach (var (word, count) in words)
            foreach (var rune in word.EnumerateRunes())
                if (rune.Value != 0) counts[rune] = counts.GetValueOrDefault(rune) + count;
        var total = counts.Values.Sum();
        var covered = 0L;
        var characters = new List<(string, long)>();
        foreach (var (rune, count) in counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key))
        {
            if ((double)covered / total >= coverage) break;
            covered += count;
            characters.Add((rune.ToString(), count));
        }
        return characters;
    }

    private static Dictionary<string, long> CutAtOthers(Dictionary<string, long> words, HashSet<string> covered)
    {
        var result = new Dictionary<string, long>(StringComparer.Ordinal);
        var known = covered.Select(text => text.EnumerateRunes().First()).ToHashSet();
        foreach (var (word, count) in words)
        {
            int start = 0, at = 0;
            foreach (var rune in word.EnumerateRunes())
            {
                var end = at + rune.Utf16SequenceLength;
                if (!known.Contains(rune))
                {
                    Add(result, word[start..at], count);
                    start = end;
                }
                at = end;
            }
            Add(result, word[start..], count);
        }
        return result;
    }

    private static void Add(Dictionary<string, long> words, string word, long count)
    {
        if (word.Length > 0) words[word] = words.GetValueOrDefault(word) + count;
    }

    private static List<(string Text, long Count)> Sorted(Dictionary<string, long> words) =>
        [.. words.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value))];
}
