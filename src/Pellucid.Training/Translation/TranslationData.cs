using Pellucid.Tensors;
using Pellucid.Text.Corpora;
using Pellucid.Text.Tokenizers;
using Pellucid.Training.Batches;
using Pellucid.Training.Configuration;

namespace Pellucid.Training.Translation;

/// <summary>Parallel text from one or more files, with where it came from.</summary>
internal sealed record TranslationData(IReadOnlyList<SentencePair> Pairs, IReadOnlyList<CorpusFile> Files)
{
    /// <summary>Reads and cleans, telling what was left out.</summary>
    /// <exception cref="TrainingException">The two lists of one-sided files are not equally long.</exception>
    /// <exception cref="Text.CorpusException">A file is missing, empty or malformed.</exception>
    internal static TranslationData Read(string what, IReadOnlyList<string> both, IReadOnlyList<string> sources, IReadOnlyList<string> targets,
        DataSettings settings, CorpusCleaning cleaning, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (sources.Count != targets.Count)
            throw new TrainingException($"data.{what}_source names {sources.Count} files, data.{what}_target {targets.Count}; each source file needs its target file.");
        var pairs = new List<SentencePair>();
        var files = new List<CorpusFile>();
        foreach (var corpus in both.Select(path => ParallelCorpus.FromTsv(path, cleaning, cancellation))
            .Concat(sources.Zip(targets, (source, target) => ParallelCorpus.FromFiles(source, target, cleaning, cancellation))))
        {
            progress?.Report(new NoteProgress($"{string.Join(" + ", corpus.Files.Select(file => file.Path))}: {corpus.Statistics}"));
            pairs.AddRange(settings.Reverse ? corpus.Pairs.Select(pair => new SentencePair(pair.Target, pair.Source)) : corpus.Pairs);
            files.AddRange(corpus.Files);
        }
        return new TranslationData(pairs, files);
    }

    /// <summary>What training leaves out, by the settings.</summary>
    internal static CorpusCleaning Cleaning(DataSettings settings) => new()
    {
        MaximumLength = settings.MaxCharacters,
        MaximumLengthRatio = settings.MaxLengthRatio,
        DropDuplicates = settings.DropDuplicates,
    };

    /// <summary>The pairs as ids; those with a side longer than the limit, mark included, are left out and told.</summary>
    internal EncodedData Encode(string what, Tokenizer tokenizer, int maxLength, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var encoded = new TokenPair[Pairs.Count];
        Parallel.For(0, Pairs.Count, Options(cancellation),
            i => encoded[i] = new TokenPair(tokenizer.EncodeToIds(Pairs[i].Source), tokenizer.EncodeToIds(Pairs[i].Target)));
        int[] kept = [.. Enumerable.Range(0, encoded.Length).Where(i => TranslationBatches.Length(encoded[i]) <= maxLength)];
        if (kept.Length < encoded.Length)
            progress?.Report(new NoteProgress($"{what}: {encoded.Length - kept.Length} of {encoded.Length} pairs left out, a side takes more than {maxLength} tokens"));
        return new EncodedData([.. kept.Select(i => Pairs[i])], [.. kept.Select(i => encoded[i])], tokenizer, maxLength);
    }

    internal static ParallelOptions Options(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = Threading.Count, CancellationToken = cancellation };
}

/// <summary>Sentences with their ids.</summary>
internal sealed record EncodedData(IReadOnlyList<SentencePair> Pairs, IReadOnlyList<TokenPair> Ids, Tokenizer Tokenizer, int MaxLength)
{
    /// <summary>Another segmentation of every sentence: a function of (seed, epoch, sentence). One that became too long keeps its ordinary segmentation.</summary>
    internal IReadOnlyList<TokenPair> Redraw(double dropout, ulong seed, int epoch, CancellationToken cancellation)
    {
        var rng = new Rng(seed).Split("bpe_dropout").Split((ulong)epoch);
        var drawn = new TokenPair[Pairs.Count];
        Parallel.For(0, Pairs.Count, TranslationData.Options(cancellation), i =>
        {
            var key = rng.Split((ulong)i);
            var pair = new TokenPair(
                Tokenizer.EncodeToIds(Pairs[i].Source, dropout, key.Split("source").Key), Tokenizer.EncodeToIds(Pairs[i].Target, dropout, key.Split("target").Key));
            drawn[i] = TranslationBatches.Length(pair) <= MaxLength ? pair : Ids[i];
        });
        return drawn;
    }
}
