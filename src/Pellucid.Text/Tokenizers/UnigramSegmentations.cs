using Pellucid.Text.Tokenizers.SentencePiece;

namespace Pellucid.Text.Tokenizers;

/// <summary>One of the ways in which a unigram tokenizer can cut a text.</summary>
/// <param name="Ids">T ids.</param>
/// <param name="Score">The logarithm of its probability: the sum of its pieces' scores.</param>
public sealed record ScoredSegmentation(int[] Ids, float Score);

/// <summary>The other segmentations of a unigram tokenizer, for subword regularisation. Kudo 2018.</summary>
public static class UnigramSegmentations
{
    /// <summary>The <paramref name="count"/> most probable segmentations, the best first; fewer where there are fewer.</summary>
    /// <exception cref="TokenizerException">The tokenizer is not a unigram one.</exception>
    public static IReadOnlyList<ScoredSegmentation> EncodeBest(this Tokenizer tokenizer, string text, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var model = Model(tokenizer);
        var lattice = Lattice(tokenizer, model, text, out var words);
        if (lattice.Length == 0) return [new([], 0)];
        return [.. lattice.Best(count).Select(best => new ScoredSegmentation(model.Tokens(best.Pieces, words), best.Score))];
    }

    /// <summary>
    /// One segmentation, drawn in proportion to its probability to the power of <paramref name="alpha"/> among all there are (0: each
    /// is as likely as any other; great: almost always the best): a function of the text, alpha and the seed, on any thread.
    /// </summary>
    /// <exception cref="TokenizerException">The tokenizer is not a unigram one.</exception>
    public static int[] EncodeSample(this Tokenizer tokenizer, string text, double alpha, ulong seed)
    {
        if (alpha is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "the power of the probabilities is a finite number from 0");
        var model = Model(tokenizer);
        var lattice = Lattice(tokenizer, model, text, out var words);
        var random = new TokenRandom(seed);
        return lattice.Length == 0 ? [] : model.Tokens(lattice.Sample(alpha, ref random), words);
    }

    private static UnigramModel Model(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Model as UnigramModel
            ?? throw new TokenizerException("other segmentations than the best have probabilities with a unigram tokenizer alone; for BPE there is dropout");
    }

    // The words one after the other: white space that a pre-tokenizer dropped is not there.
    private static UnigramLattice Lattice(Tokenizer tokenizer, UnigramModel model, string text, out string words)
    {
        var work = Tokenizer.Cut(tokenizer.Normalizer.Normalize(text), tokenizer.Spacing, tokenizer.PreTokenizer, atStart: true);
        words = string.Concat(work.Words.Select(word => work.Text.Text.Substring(word.Start, word.Length)));
        var spans = new List<TextSpan>();
        foreach (var word in work.Words) spans.Add(new(spans.Count == 0 ? 0 : spans[^1].End, word.Length));
        return new(model, model.Vocabulary.UnknownId, words, spans);
    }
}
