using System.Diagnostics;
using Pellucid.Tensors;
using Pellucid.Tensors.Words;
using Pellucid.Text.Words;

namespace Pellucid.Training.Words;

/// <summary>
/// Learns word vectors from a text (Mikolov et al. 2013a and 2013b), as a function of text, options and seed alone. It differs from word2vec.c and gensim in two points, neither of which its accuracy shows:
/// how well the windows of a batch predict is judged by the vectors before it, and negative samples are drawn once a window instead of once a pair (as Ji et al. 2016, section 3), a few more that count less.
/// </summary>
public static class Word2Vec
{
    /// <summary>Words that are read and subsampled at a time; the rate is constant over them.</summary>
    private const int Segment = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Learns. When it is cancelled, what has been learned so far is given.</summary>
    /// <exception cref="ArgumentException">The vocabulary has fewer than two words.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="Text.CorpusException">The text cannot be read any more.</exception>
    public static WindowEmbeddings Learn(WordCorpus corpus, Word2VecOptions? options = null, IProgress<Word2VecProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new Word2VecOptions();
        options.Check();
        var key = new Rng(options.Seed);
        var embeddings = new WindowEmbeddings(corpus.Vocabulary.Counts, options.Windows, key.Split("rows"));
        Continue(embeddings, corpus, options, key.Split("windows"), progress, cancellation);
        return embeddings;
    }

    /// <summary>Learns from a text with vectors that may have learned before.</summary>
    internal static void Continue(WindowEmbeddings embeddings, WordCorpus corpus, Word2VecOptions options, Rng key, IProgress<Word2VecProgress>? progress, CancellationToken cancellation)
    {
        var subsampling = new Subsampling(corpus.Vocabulary, options.Sample);
        int[] words = new int[Segment];
        long done = 0, total = checked(corpus.KnownWords * options.Epochs), reported = 0;
        long began = Stopwatch.GetTimestamp(), last = began;
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            using var text = corpus.Ids();
            var epochKey = key.Split((ulong)epoch);
            for (ulong segment = 0; text.Read(words) is > 0 and int read; segment++)
            {
                if (cancellation.IsCancellationRequested) return;
                var segmentKey = epochKey.Split(segment);
                double rate = options.LearningRate - (options.LearningRate - options.MinimumLearningRate) * done / total;
                int kept = subsampling.Keep(words.AsSpan(0, read), segmentKey.Split("subsampling"), out int counted);
                embeddings.Learn(words.AsSpan(0, kept), (float)rate, segmentKey);
                done = Math.Min(done + counted, total); // a text that is read again may have grown since it was counted
                if (progress is null || (Stopwatch.GetElapsedTime(last) < Interval && done < total)) continue;
                double speed = (done - reported) / Math.Max(Stopwatch.GetElapsedTime(last).TotalSeconds, 1e-9);
                progress.Report(new Word2VecProgress(epoch + 1, options.Epochs, done, total, rate, speed, Stopwatch.GetElapsedTime(began) * ((total - done) / (double)done)));
                (reported, last) = (done, Stopwatch.GetTimestamp());
            }
        }
    }
}
