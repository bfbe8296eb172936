using Pellucid.Text.Corpora;

namespace Pellucid.Text.Words;

/// <summary>Counts the words of texts, and keeps the texts as numbers as long as they are short enough.</summary>
internal sealed class WordCounting(long wordsInMemory)
{
    private const int Report = 1 << 20;

    private readonly WordTable table = new();
    private long[] counts = new long[1 << 8];
    private List<int>? text = []; // numbers of the table, -1 between sentences

    public long Words { get; private set; }

    public long Sentences { get; private set; }

    public void Add(string path, IProgress<long>? progress, CancellationToken cancellation)
    {
        using var reader = new WordReader(path);
        int length = 0;
        while (reader.Next(out var word))
        {
            if (word.IsEmpty)
            {
                EndSentence(ref length);
                continue;
            }
            int number = Number(word, reader);
            counts[number]++;
            Words++;
            length++;
            text?.Add(number);
            if (Words % Report != 0) continue;
            if (text?.Count > wordsInMemory) text = null;
            progress?.Report(Words);
            cancellation.ThrowIfCancellationRequested();
        }
        EndSentence(ref length);
        progress?.Report(Words);
    }

    /// <summary>The vocabulary, and the texts as its ids if they were short enough.</summary>
    public (WordVocabulary Vocabulary, int[]? Ids) Finish(int minimum, int most)
    {
        int[] order = [.. Enumerable.Range(0, table.Count).Where(number => counts[number] >= minimum).OrderByDescending(number => counts[number]).Take(most)];
        var sorted = new WordTable(order.Length);
        int[] ids = new int[table.Count];
        Array.Fill(ids, -2);
        for (int id = 0; id < order.Length; id++)
        {
            sorted.Add(table[order[id]]);
            ids[order[id]] = id;
        }
        var vocabulary = new WordVocabulary(sorted, [.. order.Select(number => counts[number])]);
        if (text is null) return (vocabulary, null);
        var kept = new List<int>(text.Count);
        foreach (int number in text)
            if (number < 0) kept.Add(-1);
            else if (ids[number] >= 0) kept.Add(ids[number]);
        text = null;
        return (vocabulary, [.. kept]);
    }

    private int Number(ReadOnlySpan<byte> word, WordReader reader)
    {
        int number;
        try
        {
            number = table.Add(word);
        }
        catch (TextException error)
        {
            throw new CorpusException(error.Message, reader.Name, reader.Lines + 1, error);
        }
        if (number == counts.Length) Array.Resize(ref counts, 2 * counts.Length);
        return number;
    }

    private void EndSentence(ref int length)
    {
        if (length == 0) return;
        Sentences++;
        length = 0;
        text?.Add(-1);
        if (text?.Count > wordsInMemory) text = null;
    }
}
