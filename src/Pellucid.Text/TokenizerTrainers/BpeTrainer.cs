using System.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>What a BPE tokenizer is trained with.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>All pieces together: special tokens, bytes, characters and merges. Fewer come of a text with too few frequent pairs.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>A pair that occurs less often is not merged.</summary>
    public int MinimumPairCount { get; init; } = 2;

    /// <summary>The share of all characters of the text that must be pieces of their own; the rarest of the rest are spelled in bytes.</summary>
    public double CharacterCoverage { get; init; } = 0.9999;

    /// <summary>Whether the 256 bytes are pieces, so that nothing is ever unknown.</summary>
    public bool ByteFallback { get; init; } = true;

    /// <summary>No piece is longer, in UTF-16 characters.</summary>
    public int MaximumPieceLength { get; init; } = 24;

    public Normalizer Normalizer { get; init; } = Normalizer.None;
    public PreTokenizer PreTokenizer { get; init; } = new PreTokenizer.WordsAndSigns();
    public Spacing Spacing { get; init; } = new Spacing.Metaspace();
    public SpecialTokens SpecialTokens { get; init; } = new();

    /// <summary>How many threads count, at most; null: one for each processor. Without effect on the result.</summary>
    public int? Threads { get; init; }
}

/// <summary>How far the training of a tokenizer is.</summary>
/// <param name="LinesRead">Lines of text read so far.</param>
/// <param name="Pieces">Pieces of the vocabulary so far.</param>
/// <param name="VocabularySize">Pieces that were asked for.</param>
public readonly record struct TokenizerTrainingProgress(long LinesRead, int Pieces, int VocabularySize);

/// <summary>Learns a BPE tokenizer from text; for one vocabulary over two languages, give it the lines of both.</summary>
public static class BpeTrainer
{
    // Longer words (text without spaces) are cut here for counting, so that no single word costs more than linear time.
    private const int LongestWord = 128;

    /// <summary>The same lines in any order, with the same options, give the same tokenizer.</summary>
    /// <exception cref="TokenizerException">There is no text, or the vocabulary has no room for the characters.</exception>
    public static Tokenizer Train(IEnumerable<string> lines, BpeTrainerOptions? options = null,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        options ??= new();
        if (options.Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        Tokenizer.CheckSpacing(options.PreTokenizer, options.Spacing);
        var words = WordCounts.Count(lines, options.Normalizer, options.PreTokenizer, options.Spacing, LongestWord,
            count => progress?.Report(new(count, 0, options.VocabularySize)), options.Threads, cancellation);
        if (words.Total == 0) throw new TokenizerException("there is no text to learn from");

        var pieces = new List<string>(options.SpecialTokens.All);
        if (options.ByteFallback) pieces.AddRange(Enumerable.Range(0, 256).Select(value => Vocabulary.BytePiece((byte)value)));
        var reserved = new HashSet<string>(pieces, StringComparer.Ordinal);
        var learner = new MergeLearner(greatestFirst: false, options.MinimumPairCount);
        var alphabet = Alphabet(words, options).Where(reserved.Add).ToList();
        pieces.AddRange(alphabet);
        if (pieces.Count > options.VocabularySize)
            throw new TokenizerException(FormattableString.Invariant(
                $"a vocabulary of {options.VocabularySize} pieces has no room for {pieces.Count} special tokens, bytes and characters; ask for more pieces or a lower character coverage"));

        foreach (var symbol in alphabet) learner.SymbolId(symbol);
        var known = alphabet.ToHashSet(StringComparer.Ordinal);
        foreach (var (word, count) in words.Sorted()) learner.AddWord(Symbols(word, options.Spacing, known, learner), count);

        var merges = learner.Fill(pieces, options.VocabularySize, piece => piece.Length <= options.MaximumPieceLength && !reserved.Contains(piece),
            count => progress?.Report(new(words.Lines, count, options.VocabularySize)), cancellation);
        var vocabulary = new Vocabulary(pieces, options.SpecialTokens);
        var model = new BpeModel(vocabulary, merges, options.Spacing, options.ByteFallback);
        return new(options.Normalizer, options.PreTokenizer, options.Spacing, model);
    }

    private static List<string> Alphabet(WordCounts words, BpeTrainerOptions options)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in words.Sorted())
            foreach (var symbol in Spell(word, options.Spacing))
                counts[symbol] = counts.GetValueOrDefault(symbol) + count;
        if (options.Spacing is Spacing.Metaspace)
        {
            // A U+2581 of the text itself must not be taken for a space: it has no piece, and is spelled in bytes.
            counts.Remove(Literal);
            counts.TryAdd(Spacing.MetaspaceCharacter.ToString(), 1);
        }
        var total = counts.Values.Sum();
        var covered = 0L;
        var alphabet = new List<string>();
        foreach (var (symbol, count) in counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (covered >= total * options.CharacterCoverage) break;
            covered += count;
            alphabet.Add(symbol);
        }
        var space = Spacing.MetaspaceCharacter.ToString();
        if (options.Spacing is Spacing.Metaspace && !alphabet.Contains(space)) alphabet.Add(space);
        return alphabet;
    }

    private const string Literal = "literal U+2581";

    private static int[] Symbols(string word, Spacing spacing, HashSet<string> known, MergeLearner learner) =>
        [.. Spell(word, spacing).Select(symbol => known.Contains(symbol) ? learner.SymbolId(symbol) : MergeLearner.Barrier)];

    private static IEnumerable<string> Spell(string word, Spacing spacing)
    {
        var at = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            at += rune.Utf16SequenceLength;
            yield return (rune.Value, spacing) switch
            {
                (' ', Spacing.Metaspace) => Spacing.MetaspaceCharacter.ToString(),
                (Spacing.MetaspaceCharacter, Spacing.Metaspace) => Literal,
                (_, Spacing.EndOfWord(var marker)) when at == word.Length => rune.ToString() + marker,
                _ => rune.ToString(),
            };
        }
    }
}
