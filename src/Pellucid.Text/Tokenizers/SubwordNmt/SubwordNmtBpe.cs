using System.Text;

namespace Pellucid.Text.Tokenizers.SubwordNmt;

/// <summary>
/// BPE with the conventions of subword-nmt (Sennrich et al. 2016): for text that is already tokenised, one space between words.
/// The last symbol of a word ends with <c>&lt;/w&gt;</c> while merging, and every piece but the last of a word is written with <c>@@</c>.
/// Immutable and thread-safe. Characters that no merge names stay as they are.
/// </summary>
public sealed class SubwordNmtBpe
{
    internal const string EndOfWord = "</w>";

    private readonly MergeTable _table;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _pieces = [];

    /// <exception cref="TokenizerException">A merge occurs twice.</exception>
    public SubwordNmtBpe(IReadOnlyList<MergePair> merges, string joiner = "@@")
    {
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentException.ThrowIfNullOrEmpty(joiner);
        Merges = [.. merges];
        Joiner = joiner;
        _table = new MergeTable(Merges, IdOf);
    }

    /// <summary>The merges in the order in which they were learned.</summary>
    public IReadOnlyList<MergePair> Merges { get; }

    /// <summary>What ends every piece of a word but the last.</summary>
    public string Joiner { get; }

    /// <summary>Reads a codes file: a line <c>#version: 0.2</c>, then one merge a line, its two parts separated by a space.</summary>
    /// <exception cref="TokenizerException">The version is another one, a line is no merge, or a merge occurs twice.</exception>
    /// <exception cref="CorpusException">The file is missing, cannot be read or is not UTF-8.</exception>
    public static SubwordNmtBpe Load(string path, string joiner = "@@") => SubwordNmtFile.Read(path, joiner);

    /// <summary>Writes a codes file that subword-nmt reads.</summary>
    /// <exception cref="TokenizerException">The file cannot be written.</exception>
    public void Save(string path) => SubwordNmtFile.Write(this, path);

    /// <summary>"lower case" becomes "low@@ er case". White space at both ends of the line stays.</summary>
    public string Apply(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var core = line.AsSpan().Trim("\r\n ");
        var start = line.Length - line.AsSpan().TrimStart("\r\n ").Length;
        var output = new StringBuilder(line.Length * 3 / 2);
        output.Append(line, 0, core.IsEmpty ? line.Length : start);
        if (core.IsEmpty) return output.ToString();
        var first = true;
        foreach (var range in core.Split(' '))
        {
            var word = core[range];
            if (word.IsEmpty) continue;
            if (!first) output.Append(' ');
            first = false;
            AppendPieces(word, output);
        }
        return output.Append(line, start + core.Length, line.Length - start - core.Length).ToString();
    }

    /// <summary>The way back: "low@@ er case" becomes "lower case".</summary>
    public string Restore(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var restored = line.Replace(Joiner + " ", "", StringComparison.Ordinal);
        return restored.EndsWith(Joiner, StringComparison.Ordinal) ? restored[..^Joiner.Length] : restored;
    }

    private void AppendPieces(ReadOnlySpan<char> word, StringBuilder output)
    {
        List<string> symbols = [];
        foreach (var rune in word.EnumerateRunes()) symbols.Add(rune.ToString());
        symbols[^1] += EndOfWord;
        // A symbol that no merge names gets an id of its own below the one that marks a merged symbol.
        var ids = new int[symbols.Count];
        for (var i = 0; i < ids.Length; i++) ids[i] = _ids.TryGetValue(symbols[i], out var id) ? id : MergeHeap.Gone - 1 - i;
        var merged = new BpeWord(ids);
        merged.Merge(_table, everyOccurrence: true);
        for (var i = 0; i < merged.Ids.Length; i++)
        {
            var piece = merged.Ids[i] >= 0 ? _pieces[merged.Ids[i]] : symbols[MergeHeap.Gone - 1 - merged.Ids[i]];
            if (i < merged.Ids.Length - 1) output.Append(piece).Append(Joiner).Append(' ');
            else output.Append(piece, 0, piece.Length - EndOfWord.Length);
        }
    }

    private int IdOf(string piece)
    {
        if (_ids.TryGetValue(piece, out var id)) return id;
        _ids.Add(piece, _pieces.Count);
        _pieces.Add(piece);
        return _pieces.Count - 1;
    }
}
