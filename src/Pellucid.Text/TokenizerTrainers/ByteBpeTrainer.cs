using System.Text;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.ByteLevel;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>What a byte-level BPE tokenizer is trained with.</summary>
public sealed record ByteBpeTrainerOptions
{
    /// <summary>All pieces together: special tokens, the 256 bytes and merges. Fewer come of a text with too few frequent pairs.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>A pair that occurs less often is not merged.</summary>
    public int MinimumPairCount { get; init; } = 2;

    /// <summary>No piece is longer, in bytes.</summary>
    public int MaximumPieceLength { get; init; } = 128;

    public Normalizer Normalizer { get; init; } = Normalizer.None;

    /// <summary>How text is cut into words, which no piece crosses; white space must not be dropped.</summary>
    public PreTokenizer PreTokenizer { get; init; } = new PreTokenizer.ByteLevel();

    /// <summary>They are read out of a text as GPT-2 does (see <see cref="EncodeOptions.ReadSpecialTokens"/>) and have the first ids; the bytes follow in the order of GPT-2's alphabet, then the merges.</summary>
    public SpecialTokens SpecialTokens { get; init; } = new();

    /// <summary>How many threads count, at most; null: one for each processor. Without effect on the result.</summary>
    public int? Threads { get; init; }
}

/// <summary>
/// Learns a byte-level BPE tokenizer from text (Radford et al. 2019, section 2.2): words as UTF-8 bytes, the most frequent pair of
/// neighbours becomes one piece, and among equals the greater pair in the order of their bytes.
/// </summary>
public static class ByteBpeTrainer
{
    // Longer words are cut here for counting, so that no single word costs more than linear time.
    private const int LongestWord = 512;

    /// <summary>The same texts in any order, with the same options, give the same tokenizer, on any number of threads.</summary>
    /// <param name="texts">A text may hold line ends, which are bytes as others; words do not go from one text into the next.</param>
    /// <exception cref="TokenizerException">There is no text, or the vocabulary has no room for special tokens and bytes.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, ByteBpeTrainerOptions? options = null,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new();
        if (options.Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        if (options.PreTokenizer.DropsWhitespace)
            throw new TokenizerException($"the pre-tokenizer {options.PreTokenizer} drops white space, and a byte-level tokenizer has to bring all of the text back");
        if (options.MaximumPieceLength is < 1 or > ByteMerges.LongestPiece)
            throw new TokenizerException(FormattableString.Invariant($"the longest piece may have 1 to {ByteMerges.LongestPiece} bytes, not {options.MaximumPieceLength}"));
        var words = WordCounts.Count(texts, options.Normalizer, options.PreTokenizer, new Spacing.Verbatim(), LongestWord,
            count => progress?.Report(new(count, 0, options.VocabularySize)), options.Threads, cancellation);
        if (words.Total == 0) throw new TokenizerException("there is no text to learn from");

        var pieces = new List<string>(options.SpecialTokens.All);
        var reserved = new HashSet<string>(pieces, StringComparer.Ordinal);
        pieces.AddRange(ByteAlphabet.InOrder.Select(value => ByteAlphabet.Spell([value])));
        if (pieces.Count > options.VocabularySize)
            throw new TokenizerException(FormattableString.Invariant(
                $"a vocabulary of {options.VocabularySize} pieces has no room for {pieces.Count} special tokens and bytes"));
        var learner = new MergeLearner(ByteAlphabet.Compare, options.MinimumPairCount);
        var symbols = new int[256];
        foreach (var value in ByteAlphabet.InOrder) symbols[value] = learner.SymbolId(ByteAlphabet.Spell([value]));
        foreach (var (word, count) in words.Sorted()) learner.AddWord(Array.ConvertAll(Encoding.UTF8.GetBytes(word), value => symbols[value]), count);

        var merges = learner.Fill(pieces, options.VocabularySize, piece => piece.Length <= options.MaximumPieceLength && !reserved.Contains(piece),
            count => progress?.Report(new(words.Lines, count, options.VocabularySize)), cancellation);
        var vocabulary = new Vocabulary(pieces, options.SpecialTokens);
        return new(new TokenizerParts
        {
            AddedTokens = vocabulary.SpecialAsAdded,
            Normalizer = options.Normalizer,
            PreTokenizer = options.PreTokenizer,
            Model = new ByteBpeModel(vocabulary, merges),
            Decoder = new Tokenizers.Decoder.ByteLevel(),
        });
    }
}
