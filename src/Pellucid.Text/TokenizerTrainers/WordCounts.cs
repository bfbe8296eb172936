using System.Runtime.InteropServices;
using Pellucid.Text.Normalization;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>The words of a text, as a pre-tokenizer cuts it, and how often each occurs.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Lines { get; private set; }

    /// <summary>How many words, repetitions included.</summary>
    public long Total => _counts.Values.Sum();

    public static WordCounts Count(IEnumerable<string> lines, Normalizer normalizer, PreTokenizer preTokenizer, Spacing spacing,
        int longestWord, Action<long> report, CancellationToken cancellation)
    {
        var result = new WordCounts();
        var lookup = result._counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var line in lines)
        {
            var work = Tokenizer.Cut(normalizer.Normalize(line), spacing, preTokenizer, atStart: true);
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
            if (++result.Lines % 4096 != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            report(result.Lines);
        }
        return result;
    }

    /// <summary>Most frequent first, equals in ordinal order: no result may depend on the order of a hash table.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Sorted() =>
        [.. _counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)];
}
