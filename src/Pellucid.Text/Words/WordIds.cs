namespace Pellucid.Text.Words;

/// <summary>A text as ids of a vocabulary, read from its beginning to its end: -1 between sentences, other words left out.</summary>
public sealed class WordIds : IDisposable
{
    private readonly int[] memory = [];
    private readonly IReadOnlyList<string> paths = [];
    private readonly WordVocabulary? vocabulary;
    private WordReader? reader;
    private int next, length;
    private bool isOpen;

    internal WordIds(int[] memory) => this.memory = memory;

    internal WordIds(IReadOnlyList<string> paths, WordVocabulary vocabulary) => (this.paths, this.vocabulary) = (paths, vocabulary);

    /// <summary>The next ids; fewer than there is room for only at the end of the text, where it is none. A sentence that has grown beyond the limit ends here and goes on as another.</summary>
    /// <exception cref="CorpusException">The file cannot be read any more.</exception>
    public int Read(Span<int> into)
    {
        int count = 0;
        while (count < into.Length && Next(out int id))
        {
            length = id < 0 ? 0 : length + 1;
            into[count++] = id;
            if (length < WordCorpus.LongestSentence || count == into.Length) continue;
            into[count++] = -1;
            length = 0;
        }
        return count;
    }

    public void Dispose() => reader?.Dispose();

    private bool Next(out int id)
    {
        id = -1;
        if (vocabulary is null)
        {
            if (next == memory.Length) return false;
            id = memory[next++];
            return true;
        }
        while (Open() is { } words)
        {
            if (words.Next(out var word))
            {
                if (word.IsEmpty)
                {
                    if (!isOpen) continue;
                    isOpen = false;
                    return true;
                }
                isOpen = true;
                if ((id = vocabulary.IdOf(word)) >= 0) return true;
                id = -1;
                continue;
            }
            words.Dispose();
            reader = null;
            if (!isOpen) continue;
            isOpen = false;
            return true;
        }
        return false;
    }

    private WordReader? Open() => reader ??= next < paths.Count ? new WordReader(paths[next++]) : null;
}
