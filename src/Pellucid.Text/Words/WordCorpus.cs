using Pellucid.Text.Corpora;

namespace Pellucid.Text.Words;

/// <summary>What of a text becomes its vocabulary.</summary>
public sealed record WordCorpusOptions
{
    /// <summary>Rarer words are left out, as if they were not in the text.</summary>
    public int MinimumCount { get; init; } = 5;

    /// <summary>At most this many words, the most frequent; null is no limit.</summary>
    public int? MaximumVocabulary { get; init; }

    /// <summary>Ids of a text of up to this many words are kept in memory, 4 bytes each; a longer one is read again in each epoch.</summary>
    public long WordsInMemory { get; init; } = 1 << 26;
}

/// <summary>
/// A text to learn word vectors from: a sentence a line, words separated by white space. Its vocabulary is sorted by count, and words of equal count by their first occurrence.
/// A sentence of more than 10,000 words is cut, as word2vec's programs do. Safe for concurrent readers.
/// </summary>
public sealed class WordCorpus
{
    /// <summary>Of one sentence; longer ones are cut.</summary>
    public const int LongestSentence = 10_000;

    private readonly IReadOnlyList<string> paths;
    private readonly int[]? ids;
    private long? known;

    private WordCorpus(IReadOnlyList<string> paths, WordVocabulary vocabulary, int[]? ids, long words, long sentences) =>
        (this.paths, Vocabulary, this.ids, Words, Sentences) = (paths, vocabulary, ids, words, sentences);

    public WordVocabulary Vocabulary { get; }

    /// <summary>All words of the text, those outside the vocabulary included.</summary>
    public long Words { get; }

    /// <summary>Lines that are not empty.</summary>
    public long Sentences { get; }

    /// <summary>Whether its ids are kept in memory.</summary>
    public bool IsInMemory => ids is not null;

    /// <summary>Reads the text once and counts its words.</summary>
    /// <param name="progress">Words read so far, now and then.</param>
    /// <exception cref="CorpusException">A file is missing, cannot be read or is not UTF-8, or no word occurs often enough.</exception>
    public static WordCorpus Read(IReadOnlyList<string> paths, WordCorpusOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new WordCorpusOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinimumCount, 1, nameof(options.MinimumCount));
        if (options.MaximumVocabulary is { } limit) ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(options.MaximumVocabulary));
        var counting = new WordCounting(options.WordsInMemory);
        foreach (string path in paths) counting.Add(path, progress, cancellation);
        if (counting.Words == 0) throw new CorpusException("there are no words", string.Join(", ", paths));
        var (vocabulary, ids) = counting.Finish(options.MinimumCount, options.MaximumVocabulary ?? int.MaxValue);
        if (vocabulary.Count == 0)
            throw new CorpusException(FormattableString.Invariant($"no word occurs {options.MinimumCount} times or more; lower the minimum count"), string.Join(", ", paths));
        return new WordCorpus(paths, vocabulary, ids, counting.Words, counting.Sentences);
    }

    /// <summary>Words of the vocabulary in the text, each as often as it occurs.</summary>
    public long KnownWords => known ?? Vocabulary.Total;

    /// <summary>The beginning of a text that is in memory, with the vocabulary of the whole: up to the end of the sentence in which it has as many words of the vocabulary.</summary>
    internal WordCorpus Beginning(long words)
    {
        if (ids is null) throw new InvalidOperationException("the text is not in memory.");
        var (end, count, sentences) = (0, 0L, 0L);
        for (; end < ids.Length; end++)
        {
            if (ids[end] >= 0)
            {
                count++;
                continue;
            }
            sentences++;
            if (count >= words) break;
        }
        return new WordCorpus(paths, Vocabulary, ids[..Math.Min(end + 1, ids.Length)], count, sentences) { known = count };
    }

    /// <summary>The whole text as ids from its beginning on.</summary>
    public WordIds Ids() => ids is null ? new WordIds(paths, Vocabulary) : new WordIds(ids);
}
