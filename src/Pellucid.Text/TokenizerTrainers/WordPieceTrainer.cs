using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.WordPiece;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>What a WordPiece tokenizer is trained with. As it stands: BERT's, uncased.</summary>
public sealed record WordPieceTrainerOptions
{
    /// <summary>All pieces together: special tokens, characters, characters inside words, merges. Fewer come of a small text.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>A pair that occurs less often is not merged.</summary>
    public int MinimumPairCount { get; init; } = 2;

    /// <summary>How many characters are pieces, the most frequent ones; null: all. A word with another character is unknown.</summary>
    public int? AlphabetLimit { get; init; }

    /// <summary>Stands before every piece that does not begin a word.</summary>
    public string ContinuingPrefix { get; init; } = "##";

    public Normalizer Normalizer { get; init; } = new Normalizer.Bert();

    /// <summary>They have the first ids, and are read out of a text as BERT does; see <see cref="EncodeOptions.ReadSpecialTokens"/>.</summary>
    public SpecialTokens SpecialTokens { get; init; } = new()
    {
        Padding = "[PAD]", Unknown = "[UNK]", BeginOfSentence = "[CLS]", EndOfSentence = "[SEP]", Additional = ["[MASK]"],
    };

    /// <summary>How many threads count, at most; null: one for each processor. Without effect on the result.</summary>
    public int? Threads { get; init; }
}

/// <summary>
/// Learns a WordPiece tokenizer as Hugging Face's tokenizers do (their WordPieceTrainer, models/bpe/trainer.rs): byte-pair merges by
/// count over characters, of which those inside a word are spelled with the prefix. Google's own trainer, which ranks merges by
/// likelihood (Wu et al. 2016, section 4.1), was never published.
/// </summary>
public static class WordPieceTrainer
{
    private const int LongestWord = 100; // in characters; longer ones are unknown to the model

    /// <summary>
    /// The same lines in any order, with the same options, give the same tokenizer: among equally frequent pairs the one whose
    /// pieces were known first, characters in the order of their codes, then those inside words by the frequency of the words.
    /// </summary>
    /// <exception cref="TokenizerException">There is no text, no unknown token, or no room for the characters.</exception>
    public static Tokenizer Train(IEnumerable<string> lines, WordPieceTrainerOptions? options = null,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        options ??= new();
        if (options.Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        if (options.SpecialTokens.Unknown is null) throw new TokenizerException("a WordPiece tokenizer needs a token for unknown words");
        var words = WordCounts.Count(lines, options.Normalizer, new PreTokenizer.Bert(), new Spacing.Verbatim(), LongestWord,
            count => progress?.Report(new(count, 0, options.VocabularySize)), options.Threads, cancellation);
        if (words.Total == 0) throw new TokenizerException("there is no text to learn from");

        var prefix = options.ContinuingPrefix;
        var learner = new MergeLearner(order: null, Math.Max(options.MinimumPairCount, 1)) { Join = (left, right) => left + right[prefix.Length..] };
        var pieces = new List<string>(options.SpecialTokens.All);
        var reserved = pieces.ToHashSet(StringComparer.Ordinal);
        var alphabet = Alphabet(words, options.AlphabetLimit).Where(reserved.Add).ToList();
        foreach (var character in alphabet) learner.SymbolId(character);
        pieces.AddRange(alphabet);
        var known = alphabet.ToHashSet(StringComparer.Ordinal);
        var inside = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (word, count) in words.Sorted()) learner.AddWord(Symbols(word), count);
        if (pieces.Count > options.VocabularySize)
            throw new TokenizerException(FormattableString.Invariant(
                $"a vocabulary of {options.VocabularySize} pieces has no room for {pieces.Count} special tokens and characters; ask for more pieces or limit the alphabet"));

        learner.Fill(pieces, options.VocabularySize, piece => !reserved.Contains(piece),
            count => progress?.Report(new(words.Lines, count, options.VocabularySize)), cancellation);
        var vocabulary = new Vocabulary(pieces, options.SpecialTokens);
        return WordPieceVocabulary.Make(vocabulary, vocabulary.SpecialAsAdded, options.Normalizer, prefix);

        // As there, a character outside the alphabet is passed over.
        int[] Symbols(string word)
        {
            var symbols = new List<int>(word.Length);
            var at = 0;
            foreach (var rune in word.EnumerateRunes())
            {
                var character = rune.ToString();
                if (known.Contains(character))
                {
                    if (at > 0 && prefix.Length > 0)
                    {
                        character = prefix + character;
                        if (reserved.Contains(character)) throw new TokenizerException($"the special token '{character}' is also a character inside words");
                        if (inside.Add(character)) pieces.Add(character);
                    }
                    symbols.Add(learner.SymbolId(character));
                }
                at += rune.Utf16SequenceLength;
            }
            return [.. symbols];
        }
    }

    private static List<string> Alphabet(WordCounts words, int? limit)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in words.Sorted())
            foreach (var rune in word.EnumerateRunes())
                counts[rune.ToString()] = counts.GetValueOrDefault(rune.ToString()) + count;
        return [.. counts.OrderByDescending(entry => entry.Value).ThenBy(entry => char.ConvertToUtf32(entry.Key, 0))
            .Take(limit ?? int.MaxValue).Select(entry => entry.Key).OrderBy(character => char.ConvertToUtf32(character, 0))];
    }
}
