namespace Pellucid.Text.Corpora;

/// <summary>A sentence and its translation.</summary>
public readonly record struct SentencePair(string Source, string Target);

/// <summary>A file that a corpus was read from, with the SHA-256 of its bytes in lower-case hexadecimal.</summary>
public sealed record CorpusFile(string Path, string Sha256);

/// <summary>Sentences and their translations, in the order of their files, with an account of what was left out.</summary>
public sealed class ParallelCorpus
{
    private ParallelCorpus(IReadOnlyList<SentencePair> pairs, CorpusStatistics statistics, IReadOnlyList<CorpusFile> files)
    {
        Pairs = pairs;
        Statistics = statistics;
        Files = files;
    }

    public IReadOnlyList<SentencePair> Pairs { get; }
    public CorpusStatistics Statistics { get; }
    public IReadOnlyList<CorpusFile> Files { get; }

    public int Count => Pairs.Count;

    /// <summary>All source sentences, then all target sentences: what a joint tokenizer learns from.</summary>
    public IEnumerable<string> BothSides => Pairs.Select(pair => pair.Source).Concat(Pairs.Select(pair => pair.Target));

    /// <summary>Lines of the form: source, tab, target.</summary>
    /// <exception cref="CorpusException">The file is missing, empty or not UTF-8; a line has not exactly one tab; nothing is left after cleaning.</exception>
    public static ParallelCorpus FromTsv(string path, CorpusCleaning? cleaning = null, CancellationToken cancellation = default)
    {
        using var reader = new LineReader(path);
        var collector = new Collector(path, cleaning ?? new());
        while (reader.ReadLine() is { } line)
        {
            if ((reader.LineNumber & 4095) == 0) cancellation.ThrowIfCancellationRequested();
            var tab = line.IndexOf('\t');
            if (tab < 0) throw new CorpusException("the line has no tab; expected source, tab, target", path, reader.LineNumber);
            if (line.IndexOf('\t', tab + 1) >= 0)
                throw new CorpusException("the line has more than one tab; expected source, tab, target", path, reader.LineNumber);
            collector.Add(new(line[..tab], line[(tab + 1)..]), reader.LineNumber);
        }
        return collector.Build(reader);
    }

    /// <summary>Two files with one sentence a line; line n of one is the translation of line n of the other.</summary>
    /// <exception cref="CorpusException">A file is missing, empty or not UTF-8; the files have different numbers of lines; nothing is left after cleaning.</exception>
    public static ParallelCorpus FromFiles(string sourcePath, string targetPath, CorpusCleaning? cleaning = null, CancellationToken cancellation = default)
    {
        using var source = new LineReader(sourcePath);
        using var target = new LineReader(targetPath);
        var collector = new Collector(sourcePath, cleaning ?? new());
        while (true)
        {
            var (left, right) = (source.ReadLine(), target.ReadLine());
            if (left is null && right is null) break;
            if (left is null) throw Unequal(sourcePath, source, targetPath, target);
            if (right is null) throw Unequal(targetPath, target, sourcePath, source);
            if ((source.LineNumber & 4095) == 0) cancellation.ThrowIfCancellationRequested();
            collector.Add(new(left, right), source.LineNumber);
        }
        return collector.Build(source, targetPath, target);
    }

    /// <summary>Several corpora, one after the other; each keeps what its own cleaning left.</summary>
    public static ParallelCorpus Concat(params IReadOnlyList<ParallelCorpus> corpora)
    {
        ArgumentNullException.ThrowIfNull(corpora);
        var all = corpora.Select(corpus => corpus.Statistics).ToList();
        var dropped = all.SelectMany(statistics => statistics.Dropped).GroupBy(drop => drop.Reason).OrderBy(group => group.Key)
            .Select(group => new DropCount(group.Key, group.Sum(drop => drop.Count), [.. group.SelectMany(drop => drop.Examples)]));
        return new([.. corpora.SelectMany(corpus => corpus.Pairs)],
            new(all.Sum(statistics => statistics.Read), all.Sum(statistics => statistics.Kept), [.. dropped], [.. all.SelectMany(statistics => statistics.ByteOrderMarks)]),
            [.. corpora.SelectMany(corpus => corpus.Files)]);
    }

    private static CorpusException Unequal(string shortPath, LineReader shortReader, string longPath, LineReader longReader)
    {
        var ends = shortReader.LineNumber;
        while (longReader.ReadLine() is not null)
        {
        }
        return new(FormattableString.Invariant(
            $"the file ends after {ends} lines, and {longPath} has {longReader.LineNumber}; line {ends + 1} has no translation. Parallel files have the same number of lines"),
            shortPath, ends + 1);
    }

    private sealed class Collector(string path, CorpusCleaning cleaning)
    {
        private readonly List<SentencePair> _pairs = [];
        private readonly HashSet<SentencePair> _seen = [];
        private readonly SortedDictionary<DropReason, (long Count, List<DroppedPair> Examples)> _dropped = [];
        private long _read;

        public void Add(SentencePair pair, long line)
        {
            _read++;
            if (cleaning.Trim) pair = new(pair.Source.Trim(), pair.Target.Trim());
            if (cleaning.Judge(pair, _seen) is not { } reason)
            {
                _pairs.Add(pair);
                return;
            }
            var (count, examples) = _dropped.GetValueOrDefault(reason, (0, []));
            if (examples.Count < cleaning.Examples) examples.Add(new(path, line, pair));
            _dropped[reason] = (count + 1, examples);
        }

        public ParallelCorpus Build(LineReader reader, string? otherPath = null, LineReader? other = null)
        {
            if (_read == 0) throw new CorpusException("the file is empty", path);
            List<(string Path, LineReader Reader)> files = other is null ? [(path, reader)] : [(path, reader), (otherPath!, other)];
            var statistics = new CorpusStatistics(_read, _pairs.Count,
                [.. _dropped.Select(entry => new DropCount(entry.Key, entry.Value.Count, entry.Value.Examples))],
                [.. files.Where(file => file.Reader.HadByteOrderMark).Select(file => file.Path)]);
            if (_pairs.Count == 0) throw new CorpusException($"nothing is left after cleaning: {statistics}", path);
            return new(_pairs, statistics, [.. files.Select(file => new CorpusFile(file.Path, file.Reader.Sha256!))]);
        }
    }
}
