using System.Text;
using Pellucid.Text.Corpora;

namespace Pellucid.Text.Words;

/// <summary>Which pairs of words become one.</summary>
public sealed record WordPhraseOptions
{
    /// <summary>The discount δ of the score, so that rare words that happen to meet are no phrase.</summary>
    public long MinimumCount { get; init; } = 5;

    /// <summary>A pair with a larger score is a phrase.</summary>
    public double Threshold { get; init; } = 10;

    /// <summary>What stands between the words of a phrase.</summary>
    public char Delimiter { get; init; } = '_';
}

/// <summary>Two words that are one, and how much more often they follow each other than chance would have it.</summary>
public readonly record struct WordPhrase(string First, string Second, long Count, double Score);

/// <summary>
/// Phrases of a text: "new york" becomes "new_york". A pair has the score (count(a b) - δ) / (count(a) · count(b)) · V (Mikolov et al. 2013b, eq. 6), where V is the number of different words and pairs, as gensim has it
/// (word2phrase.c takes the number of all words, so its thresholds are larger). A text that has been joined can be learned from again, for phrases of three words and more. Immutable and thread-safe.
/// </summary>
public sealed class WordPhrases
{
    private const int Report = 1 << 20;

    private readonly WordTable table;
    private readonly long[] counts;
    private readonly Dictionary<ulong, long> phrases;
    private readonly double different;
    private readonly WordPhraseOptions options;

    private WordPhrases(WordTable table, long[] counts, Dictionary<ulong, long> pairs, WordPhraseOptions options)
    {
        (this.table, this.counts, this.options, different) = (table, counts, options, (double)table.Count + pairs.Count);
        phrases = pairs.Where(pair => Score(pair.Key, pair.Value) > options.Threshold).ToDictionary();
    }

    /// <summary>How many there are.</summary>
    public int Count => phrases.Count;

    /// <summary>All of them, the highest score first.</summary>
    public IReadOnlyList<WordPhrase> All => [.. phrases.Select(pair => new WordPhrase(Word(pair.Key >> 32), Word(pair.Key & uint.MaxValue), pair.Value, Score(pair.Key, pair.Value)))
        .OrderByDescending(phrase => phrase.Score).ThenBy(phrase => phrase.First, StringComparer.Ordinal).ThenBy(phrase => phrase.Second, StringComparer.Ordinal)];

    /// <summary>Counts the words and pairs of texts, a sentence a line; pairs stand in one sentence.</summary>
    /// <param name="progress">Words read so far, now and then.</param>
    /// <exception cref="CorpusException">A file is missing, cannot be read or is not UTF-8.</exception>
    public static WordPhrases Learn(IReadOnlyList<string> paths, WordPhraseOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new WordPhraseOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinimumCount, 1, nameof(options.MinimumCount));
        var table = new WordTable();
        var counts = new List<long>();
        var pairs = new Dictionary<ulong, long>();
        long read = 0;
        foreach (string path in paths)
        {
            using var reader = new WordReader(path);
            for (int last = -1; reader.Next(out var word);)
            {
                if (word.IsEmpty)
                {
                    last = -1;
                    continue;
                }
                int number = Number(table, word, reader);
                if (number == counts.Count) counts.Add(0);
                counts[number]++;
                if (last >= 0) System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(pairs, Key(last, number), out _)++;
                last = number;
                if (++read % Report != 0) continue;
                progress?.Report(read);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        return new WordPhrases(table, [.. counts], pairs, options);
    }

    /// <summary>The words with phrases joined, from left to right: a word that has been joined begins no other phrase.</summary>
    public IReadOnlyList<string> Join(IReadOnlyList<string> words)
    {
        var joined = new List<string>(words.Count);
        for (int i = 0; i < words.Count; i++)
            if (i + 1 < words.Count && IsPhrase(table.Find(Encoding.UTF8.GetBytes(words[i])), table.Find(Encoding.UTF8.GetBytes(words[i + 1])))) joined.Add(words[i] + options.Delimiter + words[++i]);
            else joined.Add(words[i]);
        return joined;
    }

    /// <summary>Writes texts with phrases joined. The file is there when it is complete, so it may be one of the texts.</summary>
    /// <exception cref="CorpusException">A file cannot be read any more.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void Write(IReadOnlyList<string> paths, string output, CancellationToken cancellation = default) => AtomicFile.Write(output, stream => Write(paths, stream, cancellation));

    private void Write(IReadOnlyList<string> paths, Stream stream, CancellationToken cancellation)
    {
        byte[] delimiter = Encoding.UTF8.GetBytes([options.Delimiter]);
        long written = 0;
        foreach (string path in paths)
        {
            using var reader = new WordReader(path);
            int last = -1; // a word that may begin a phrase with the next one
            bool isBegun = false;
            while (reader.Next(out var word))
            {
                if (word.IsEmpty)
                {
                    stream.WriteByte((byte)'\n');
                    (last, isBegun) = (-1, false);
                    continue;
                }
                int number = table.Find(word);
                bool isJoined = IsPhrase(last, number);
                if (isJoined) stream.Write(delimiter);
                else if (isBegun) stream.WriteByte((byte)' ');
                stream.Write(word);
                (last, isBegun) = (isJoined ? -1 : number, true);
                if (++written % Report == 0) cancellation.ThrowIfCancellationRequested();
            }
            if (isBegun) stream.WriteByte((byte)'\n');
        }
    }

    private static int Number(WordTable table, ReadOnlySpan<byte> word, WordReader reader)
    {
        try
        {
            return table.Add(word);
        }
        catch (TextException error)
        {
            throw new CorpusException(error.Message, reader.Name, reader.Lines + 1, error);
        }
    }

    private bool IsPhrase(int first, int second) => first >= 0 && second >= 0 && phrases.ContainsKey(Key(first, second));

    private double Score(ulong pair, long count) => (double)(count - options.MinimumCount) / counts[pair >> 32] / counts[pair & uint.MaxValue] * different;

    private string Word(ulong number) => Encoding.UTF8.GetString(table[(int)number]);

    private static ulong Key(int first, int second) => (ulong)first << 32 | (uint)second;
}
