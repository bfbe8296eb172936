using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SentencePiece;
using Pellucid.Text.TokenizerTrainers.Unigram;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>What a unigram tokenizer is trained with; the defaults are spm_train's but for the special tokens.</summary>
public sealed record UnigramTrainerOptions
{
    /// <summary>All pieces together: special tokens, symbols, bytes and learned pieces. Fewer come of a text with too few different words.</summary>
    public int VocabularySize { get; init; } = 8000;

    /// <summary>The share of all characters of the text that must be pieces of their own; the rarest of the rest are unknown, or spelled in bytes.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>Whether the 256 bytes are pieces, so that nothing is ever unknown.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>No piece is longer, in Unicode characters.</summary>
    public int MaximumPieceLength { get; init; } = 16;

    /// <summary>How many substrings of the text training begins with.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>The share of the pieces that each pruning leaves.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>Rounds of expectation and maximisation before each pruning.</summary>
    public int SubIterations { get; init; } = 2;

    /// <summary>No piece has characters of two scripts; Japanese ones count as Chinese.</summary>
    public bool SplitByScript { get; init; } = true;

    /// <summary>No piece has a digit and a letter.</summary>
    public bool SplitByNumber { get; init; } = true;

    /// <summary>Each digit is a piece of its own.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>The normalisation: nmt_nfkc, nfkc or identity.</summary>
    public string NormalizationRules { get; init; } = "nmt_nfkc";

    /// <summary>Strings of the text that are never cut, changed or joined to others.</summary>
    public IReadOnlyList<string> UserDefinedSymbols { get; init; } = [];

    public SpecialTokens SpecialTokens { get; init; } = new();

    /// <summary>How many threads count, at most; null: one for each processor. Without effect on the result.</summary>
    public int? Threads { get; init; }
}

/// <summary>
/// Learns a unigram tokenizer from text: many substrings at first, then by turns expectation and maximisation of their probabilities and
/// removal of those that matter least. Kudo 2018, section 3.2; maximisation with digamma as SentencePiece has it (a sparse prior; Liang and
/// Klein 2007).
/// </summary>
public static class UnigramTrainer
{
    private const double LeastExpected = 0.5;

    /// <summary>The same lines in any order, with the same options, give the same tokenizer, on any number of threads.</summary>
    /// <exception cref="TokenizerException">There is no text, or the vocabulary has no room for the characters.</exception>
    public static Tokenizer Train(IEnumerable<string> lines, UnigramTrainerOptions? options = null,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        options ??= new();
        if (options.Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        if (options.ShrinkingFactor is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(options), options.ShrinkingFactor, "the shrinking factor is between 0 and 1");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumPieceLength, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SubIterations, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SeedSize, 1, nameof(options));
        var reserved = UnigramVocabulary.Reserved(options);
        var spec = new NormalizerSpec { Name = options.NormalizationRules, CharsMap = SentencePieceRules.Compiled(options.NormalizationRules) };
        var text = UnigramText.Read(lines, new Normalizer.SentencePiece(spec, false, options.UserDefinedSymbols), options, progress, cancellation);
        var room = options.VocabularySize - reserved.Count;
        if (text.Characters.Count >= room)
            throw new TokenizerException(FormattableString.Invariant(
                $"a vocabulary of {options.VocabularySize} pieces has no room for {reserved.Count} special tokens and symbols and {text.Characters.Count} characters; ask for more pieces or a lower character coverage"));

        var rules = new PieceRules(options, reserved.Select(piece => piece.Text).ToHashSet(StringComparer.Ordinal));
        var (pieces, scores) = SeedPieces.Find(text.Words, text.Characters, rules, options, cancellation);
        var desired = (int)(options.VocabularySize * 1.1);
        while (true)
        {
            for (var round = 0; round < options.SubIterations; round++)
            {
                var (expected, _) = Expectation.Of(new(pieces, scores), text.Words, options.Threads, cancellation);
                (pieces, scores) = Maximize(pieces, expected);
                progress?.Report(new(text.Lines, pieces.Count, options.VocabularySize));
            }
            if (pieces.Count <= desired) break;
            var before = pieces.Count;
            (pieces, scores) = Pruning.Keep(new(pieces, scores), text.Words, desired, options.ShrinkingFactor, options.Threads, cancellation);
            if (pieces.Count == before) break; // none can go
        }
        return UnigramVocabulary.Build(options, reserved, text.Characters, pieces, scores, spec);
    }

    /// <summary>Digamma in place of the logarithm draws the rare towards zero; what is hardly expected goes.</summary>
    private static (List<string>, double[]) Maximize(List<string> pieces, double[] expected)
    {
        var kept = Enumerable.Range(0, pieces.Count).Where(i => expected[i] >= LeastExpected).ToList();
        if (kept.Count == 0) throw new TokenizerException("there is too little text to learn from");
        var sum = Digamma(kept.Sum(i => expected[i]));
        return ([.. kept.Select(i => pieces[i])], [.. kept.Select(i => Digamma(expected[i]) - sum)]);
    }

    // Its asymptotic series after enough steps of psi(x) = psi(x + 1) - 1 / x; Bernardo 1976.
    private static double Digamma(double x)
    {
        var result = 0.0;
        for (; x < 7; x++) result -= 1 / x;
        x -= 0.5;
        var square = 1 / (x * x);
        return result + Math.Log(x) + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064 - square * (127.0 / 30720))));
    }
}
