using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>What a word or character tokenizer is trained with. As it stands: words and signs that decode to the exact text.</summary>
public sealed record WordTrainerOptions
{
    /// <summary>All pieces together, special tokens included; the most frequent words are taken.</summary>
    public int VocabularySize { get; init; } = 32000;

    /// <summary>Rarer words are unknown.</summary>
    public int MinimumCount { get; init; } = 1;

    public Normalizer Normalizer { get; init; } = Normalizer.None;
    public PreTokenizer PreTokenizer { get; init; } = new PreTokenizer.WordsAndSigns();
    public Spacing Spacing { get; init; } = new Spacing.Metaspace();
    public SpecialTokens SpecialTokens { get; init; } = new();

    /// <summary>How many threads count, at most; null: one for each processor. Without effect on the result.</summary>
    public int? Threads { get; init; }

    /// <summary>Words as white space separates them, decoded with one space between.</summary>
    public static WordTrainerOptions Whitespace { get; } = new()
    {
        PreTokenizer = new PreTokenizer.WhitespaceSplit(), Spacing = new Spacing.Joined(),
    };

    /// <summary>Single characters, spaces among them.</summary>
    public static WordTrainerOptions Characters { get; } = new()
    {
        PreTokenizer = new PreTokenizer.Characters(), Spacing = new Spacing.Verbatim(),
    };
}

/// <summary>Learns a vocabulary of whole words, or of characters.</summary>
public static class WordTrainer
{
    /// <summary>The same lines in any order, with the same options, give the same tokenizer.</summary>
    /// <exception cref="TokenizerException">There is no text, or no room for a single word.</exception>
    public static Tokenizer Train(IEnumerable<string> lines, WordTrainerOptions? options = null,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        options ??= new();
        if (options.Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        Tokenizer.CheckSpacing(options.PreTokenizer, options.Spacing);
        var counts = WordCounts.Count(lines, options.Normalizer, options.PreTokenizer, options.Spacing, int.MaxValue,
            read => progress?.Report(new(read, 0, options.VocabularySize)), options.Threads, cancellation);
        if (counts.Total == 0) throw new TokenizerException("there is no text to learn from");
        var pieces = new List<string>(options.SpecialTokens.All);
        if (pieces.Count >= options.VocabularySize)
            throw new TokenizerException(FormattableString.Invariant(
                $"a vocabulary of {options.VocabularySize} pieces has no room beside {pieces.Count} special tokens"));
        var reserved = pieces.ToHashSet(StringComparer.Ordinal);
        foreach (var (word, count) in counts.Sorted())
        {
            if (pieces.Count == options.VocabularySize || count < options.MinimumCount) break;
            var piece = WordModel.Spell(word, options.Spacing);
            if (piece is not null && !reserved.Contains(piece)) pieces.Add(piece);
        }
        progress?.Report(new(counts.Lines, pieces.Count, options.VocabularySize));
        var vocabulary = new Vocabulary(pieces, options.SpecialTokens);
        return new(options.Normalizer, options.PreTokenizer, options.Spacing, new WordModel(vocabulary, options.Spacing));
    }
}
