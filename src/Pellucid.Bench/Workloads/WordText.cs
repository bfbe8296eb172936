using System.Globalization;
using Pellucid.Tensors;
using Pellucid.Text.Words;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// The text that word vectors are learned from: a file of one's own, or one that is made, the same on every machine: sentences of 20 words whose frequencies follow Zipf's law
/// (the word of rank r is drawn in proportion to 1/r). What is learned of it is nothing; it takes the time that a text with such frequencies takes.
/// </summary>
internal sealed class WordText : IDisposable
{
    /// <summary>Words of a pass.</summary>
    public const int DefaultWords = 1_000_000;

    private const int Ranks = 40_000, MadeWords = 2_000_000, Sentence = 20;

    private readonly string? _given;
    private readonly int _words;
    private readonly List<string> _made = [];
    private WordCorpus? _whole;

    /// <param name="path">A file; null makes a text.</param>
    /// <param name="words">Words of a pass over its beginning.</param>
    public WordText(string? path, int words) => (_given, _words) = (path, words);

    /// <summary>What the figures are told with.</summary>
    public string Name => _given is null ? "zipf" : Path.GetFileName(_given);

    /// <summary>The file that has the vocabulary.</summary>
    public string Vocabulary { get; private set; } = "";

    /// <summary>A file with the beginning alone: the words of the vocabulary, for peers.</summary>
    public string Beginning { get; private set; } = "";

    /// <summary>Words of a pass; as many as were asked for until the text is read.</summary>
    public long Words => _whole is null ? _words : Corpus.KnownWords;

    /// <summary>The beginning, with the vocabulary of the whole text.</summary>
    public WordCorpus Corpus { get; private set; } = null!;

    /// <exception cref="Text.CorpusException">The file is missing, or no word occurs five times.</exception>
    public void Prepare(CancellationToken cancellation = default)
    {
        if (_whole is not null) return;
        Vocabulary = _given ?? Make();
        _whole = WordCorpus.Read([Vocabulary], new WordCorpusOptions { WordsInMemory = int.MaxValue }, null, cancellation);
        Corpus = _whole.Beginning(_words);
        Beginning = Temporary();
        using var writer = new StreamWriter(Beginning) { NewLine = "\n" };
        using var ids = Corpus.Ids();
        int[] id = new int[1];
        for (bool isFirst = true; ids.Read(id) == 1;)
        {
            if (id[0] < 0) writer.WriteLine();
            else writer.Write((isFirst ? "" : " ") + Corpus.Vocabulary[id[0]]);
            isFirst = id[0] < 0;
        }
    }

    public void Dispose()
    {
        foreach (string path in _made) File.Delete(path);
        _made.Clear();
    }

    private string Make()
    {
        double[] shares = new double[Ranks];
        for (int rank = 0; rank < Ranks; rank++) shares[rank] = (rank == 0 ? 0 : shares[rank - 1]) + 1.0 / (rank + 1);
        var rng = new Rng(1);
        string path = Temporary();
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        for (int i = 0; i < MadeWords; i++)
        {
            int rank = Array.BinarySearch(shares, rng.Uniform((ulong)i) * shares[^1]);
            writer.Write('w' + (rank < 0 ? ~rank : rank).ToString(CultureInfo.InvariantCulture));
            writer.Write((i + 1) % Sentence == 0 ? '\n' : ' ');
        }
        return path;
    }

    private string Temporary()
    {
        _made.Add(Path.GetTempFileName());
        return _made[^1];
    }
}
