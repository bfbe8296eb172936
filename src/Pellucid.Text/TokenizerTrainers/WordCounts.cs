using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>The words of a text, as a pre-tokenizer cuts it, and how often each occurs.</summary>
internal sealed class WordCounts
{
    // Of a batch: enough to be worth handing over.
    private const int MostLines = 4096;
    private const long MostCharacters = 1 << 18;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Lines { get; private set; }

    /// <summary>How many words, repetitions included.</summary>
    public long Total => _counts.Values.Sum();

    /// <summary>
    /// Lines are read one after the other, in batches that several threads count; a sum does not know the order of its parts, so that the
    /// result is the same on any number of them. <paramref name="report"/> is called by one thread at a time.
    /// </summary>
    public static WordCounts Count(IEnumerable<string> lines, Normalizer normalizer, PreTokenizer preTokenizer, Spacing spacing,
        int longestWord, Action<long> report, int? threads, CancellationToken cancellation)
    {
        var result = new WordCounts();
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(Partitioner.Create(Batches(lines), EnumerablePartitionerOptions.NoBuffering), options,
                () => new Dictionary<string, long>(StringComparer.Ordinal),
                (batch, _, counts) =>
                {
                    foreach (var line in batch) Add(counts, Tokenizer.Cut(normalizer.Normalize(line), spacing, preTokenizer, atStart: true), longestWord);
                    lock (result) report(result.Lines += batch.Count);
                    return counts;
                },
                counts =>
                {
                    lock (result)
                        foreach (var (word, count) in counts) CollectionsMarshal.GetValueRefOrAddDefault(result._counts, word, out _) += count;
                });
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]); // as it would come from one thread
        }
        return result;
    }

    private static void Add(Dictionary<string, long> counts, PreTokenization work, int longestWord)
    {
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var text = work.Text.Text;
        foreach (var word in work.Words)
        {
            for (var at = word.Start; at < word.End;)
            {
                var end = at + Math.Min(longestWord, word.End - at);
                if (end < word.End && char.IsLowSurrogate(text[end])) end++;
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(at..end), out _)++;
                at = end;
            }
        }
    }

    private static IEnumerable<List<string>> Batches(IEnumerable<string> lines)
    {
        var (batch, characters) = (new List<string>(), 0L);
        foreach (var line in lines)
        {
            batch.Add(line);
            characters += line.Length;
            if (batch.Count < MostLines && characters < MostCharacters) continue;
            yield return batch;
            (batch, characters) = ([], 0);
        }
        if (batch.Count > 0) yield return batch;
    }

    /// <summary>Most frequent first, equals in ordinal order: no result may depend on the order of a hash table.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Sorted() =>
        [.. _counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
}
