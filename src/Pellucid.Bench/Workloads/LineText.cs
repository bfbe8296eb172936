using System.Globalization;
using System.Text;
using Pellucid.Tensors;
using Pellucid.Text.Corpora;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// The text that tokenizers are trained on and encode: the beginning of a file, or one that is made, the same on every machine: lines of 20 words in syllables whose frequencies
/// follow Zipf's law (the word of rank r is drawn in proportion to 1/r). The words are no language's; those of a real text share more of their pieces.
/// </summary>
/// <param name="path">A file; null makes a text.</param>
/// <param name="megabytes">How much of it, in whole lines.</param>
internal sealed class LineText(string? path, int megabytes) : IDisposable
{
    public const int DefaultMegabytes = 10;

    private const int Ranks = 100_000, LineWords = 20;
    private const string Consonants = "bcdfghklmnprstvw", Vowels = "aeiou";

    private string? _beginning;

    /// <summary>What the figures are told with.</summary>
    public string Name => path is null ? "zipf" : Path.GetFileName(path);

    public IReadOnlyList<string> Lines { get; private set; } = [];

    /// <summary>UTF-8 and line ends.</summary>
    public long Bytes { get; private set; }

    /// <summary>A file with these lines, for peers.</summary>
    /// <exception cref="InvalidOperationException">Before <see cref="Prepare"/>.</exception>
    public string Beginning => _beginning ?? throw new InvalidOperationException("the text was not prepared.");

    /// <exception cref="Text.CorpusException">The file is missing, empty or not UTF-8.</exception>
    public void Prepare()
    {
        if (_beginning is not null) return;
        var lines = new List<string>();
        foreach (string line in path is null ? Make() : LineReader.Lines(path))
        {
            lines.Add(line);
            Bytes += Encoding.UTF8.GetByteCount(line) + 1;
            if (Bytes >= 1e6 * megabytes) break;
        }
        if (lines.Count == 0) throw new Text.CorpusException("the file is empty", path);
        Lines = lines;
        _beginning = Path.GetTempFileName();
        File.WriteAllLines(_beginning, lines);
    }

    public void Dispose()
    {
        if (_beginning is not null) File.Delete(_beginning);
    }

    private static IEnumerable<string> Make()
    {
        double[] shares = new double[Ranks];
        for (int rank = 0; rank < Ranks; rank++) shares[rank] = (rank == 0 ? 0 : shares[rank - 1]) + 1.0 / (rank + 1);
        var rng = new Rng(1);
        string[] words = [.. Enumerable.Range(1, Ranks).Select(Spell)];
        var line = new StringBuilder();
        for (ulong i = 0; ; i++)
        {
            int rank = Array.BinarySearch(shares, rng.Uniform(i) * shares[^1]);
            line.Append(words[rank < 0 ? ~rank : rank]);
            if ((i + 1) % LineWords > 0) line.Append(' ');
            else
            {
                line[0] = char.ToUpper(line[0], CultureInfo.InvariantCulture);
                yield return line.Append('.').ToString();
                line.Clear();
            }
        }
    }

    /// <summary>The rank in syllables: 1 to 4 of them.</summary>
    private static string Spell(int rank)
    {
        var word = new StringBuilder();
        for (int left = rank; left > 0; left /= Consonants.Length * Vowels.Length)
        {
            int syllable = left % (Consonants.Length * Vowels.Length);
            word.Append(Consonants[syllable % Consonants.Length]).Append(Vowels[syllable / Consonants.Length]);
        }
        return word.ToString();
    }
}
