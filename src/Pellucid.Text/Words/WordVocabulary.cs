using System.Text;

namespace Pellucid.Text.Words;

/// <summary>The words that vectors are learned for, the most frequent first. Immutable and thread-safe.</summary>
public sealed class WordVocabulary
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly WordTable table;
    private readonly long[] counts;

    /// <param name="words">Each once.</param>
    /// <param name="counts">How often each occurs, at least once, none more often than the one before it; as many.</param>
    /// <exception cref="ArgumentException">The lists are not equally long, or a count is less than 1 or more than the one before it.</exception>
    /// <exception cref="TextException">A word is empty, holds white space that separates words, occurs twice, or is not Unicode.</exception>
    public WordVocabulary(IEnumerable<string> words, IReadOnlyList<long> counts)
    {
        for (int id = 0; id < counts.Count; id++)
            if (counts[id] < 1 || (id > 0 && counts[id] > counts[id - 1]))
                throw new ArgumentException(FormattableString.Invariant($"the most frequent word comes first and each occurs; the word {id} has the count {counts[id]}."), nameof(counts));
        table = new WordTable(counts.Count);
        foreach (string word in words)
        {
            int number = table.Count;
            if (word.Length == 0 || word.AsSpan().ContainsAny(" \n\t\r\v\f")) throw new TextException($"'{word}' is no word: it is empty or holds white space");
            if (table.Add(Bytes(word) ?? throw new TextException($"the word {number + 1} is not Unicode: it has half of a surrogate pair")) != number) throw new TextException($"the word '{word}' stands there twice");
        }
        this.counts = [.. counts];
        if (this.counts.Length != table.Count) throw new ArgumentException($"{table.Count} words want as many counts, got {this.counts.Length}.", nameof(counts));
        Total = this.counts.Sum();
    }

    internal WordVocabulary(WordTable table, long[] counts) => (this.table, this.counts, Total) = (table, counts, counts.Sum());

    /// <summary>V.</summary>
    public int Count => table.Count;

    /// <summary>The words of the text that are in the vocabulary, each as often as it occurs.</summary>
    public long Total { get; }

    /// <summary>How often each word occurs: V of them.</summary>
    public ReadOnlySpan<long> Counts => counts;

    /// <summary>The word of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string this[int id] => (uint)id < (uint)Count ? Encoding.UTF8.GetString(table[id]) : throw new ArgumentOutOfRangeException(nameof(id), id, $"ids are 0 to {Count - 1}.");

    /// <summary>The word's letters, UTF-8.</summary>
    public ReadOnlySpan<byte> Letters(int id) => table[id];

    /// <summary>The id of a word, or -1.</summary>
    public int IdOf(string word) => Bytes(word) is { } letters ? table.Find(letters) : -1;

    internal int IdOf(ReadOnlySpan<byte> word) => table.Find(word);

    /// <summary>Null where the word is not Unicode.</summary>
    private static byte[]? Bytes(string word)
    {
        try
        {
            return Strict.GetBytes(word);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
