using System.Globalization;
using Primitives = System.Numerics.Tensors.TensorPrimitives;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Text;
using Pellucid.Text.Corpora;

namespace Pellucid.Words;

/// <summary>
/// Measures word vectors by lists that people have made, and counts as gensim does: upper and lower case are one, of words that differ only in it the more frequent counts, only the
/// first 300,000 words answer, and a question or pair with a word that has no vector is skipped.
/// </summary>
public sealed class WordEvaluation
{
    /// <summary>Words that answer, as in gensim.</summary>
    public const int DefaultWords = 300_000;

    private const int Together = 64;

    private readonly WordVectors vectors;
    private readonly int answering;
    private readonly Lazy<Tensor> units;
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <param name="words">At most so many of the first words take part.</param>
    public WordEvaluation(WordVectors vectors, int words = DefaultWords)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(words, 1);
        (this.vectors, answering) = (vectors, Math.Min(words, vectors.Vocabulary.Count));
        units = new(() => vectors.UnitsOf(answering));
        for (int id = 0; id < answering; id++) ids.TryAdd(vectors.Vocabulary[id].ToUpperInvariant(), id);
    }

    /// <summary>The words that answer, each of length 1: [answering, D].</summary>
    internal Tensor Units => units.Value;

    /// <summary>
    /// Asks the questions of a file (lines ": section" and "a b c d"; questions-words.txt of Mikolov et al. 2013a has 19,544): the answer is the nearest word to b - a + c by <see cref="WordVectors.Analogy"/>.
    /// </summary>
    /// <returns>A score for each section, in order.</returns>
    /// <exception cref="WordVectorException">A line is neither.</exception>
    /// <exception cref="CorpusException">The file is missing or cannot be read.</exception>
    public IReadOnlyList<AnalogyScore> Analogies(string path, CancellationToken cancellation = default)
    {
        var scores = new List<AnalogyScore>();
        var asked = new List<Question>();
        var (section, skipped) = ("", 0);
        using var reader = new LineReader(path);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(':'))
            {
                End();
                (section, skipped) = (line[1..].Trim(), 0);
                continue;
            }
            string[] words = line.ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (words.Length != 4) throw new WordVectorException($"has {words.Length} words; a question has four, and a section begins with a colon", path, reader.LineNumber);
            if (words.All(ids.ContainsKey)) asked.Add(new Question(ids[words[0]], ids[words[1]], ids[words[2]], ids[words[3]]));
            else skipped++;
        }
        End();
        return scores;

        void End()
        {
            if (asked.Count + skipped > 0) scores.Add(new AnalogyScore(section, Correct(asked, cancellation), asked.Count, skipped));
            asked.Clear();
        }
    }

    /// <summary>Compares the cosines of a file's pairs (lines of two words and a number, separated by tabs; # begins a comment) with its numbers.</summary>
    /// <exception cref="WordVectorException">A line is neither, or fewer than two pairs have vectors.</exception>
    /// <exception cref="CorpusException">The file is missing or cannot be read.</exception>
    public PairScore Pairs(string path)
    {
        var (people, cosines, skipped) = (new List<double>(), new List<double>(), 0);
        using var reader = new LineReader(path);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line)) continue;
            string[] parts = line.Split('\t');
            if (parts.Length < 3 || !double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double said))
                throw new WordVectorException("is not two words and a number, separated by tabs", path, reader.LineNumber);
            if (ids.TryGetValue(parts[0].Trim().ToUpperInvariant(), out int a) && ids.TryGetValue(parts[1].Trim().ToUpperInvariant(), out int b))
            {
                people.Add(said);
                cosines.Add(Primitives.Dot(Unit(a), Unit(b)));
            }
            else skipped++;
        }
        if (people.Count < 2) throw new WordVectorException("fewer than two of its pairs have vectors", path);
        return new PairScore(Correlation(Ranks(people), Ranks(cosines)), Correlation(people, cosines), people.Count, skipped);
    }

    private readonly record struct Question(int A, int B, int C, int D);

    private int Correct(List<Question> questions, CancellationToken cancellation)
    {
        int correct = 0, D = vectors.Width;
        for (int start = 0; start < questions.Count; start += Together)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Together, questions.Count - start);
            float[] queries = new float[count * D];
            for (int i = 0; i < count; i++) Query(questions[start + i], queries.AsSpan(i * D, D));
            using var recorder = Pellucid.Tensors.Recording.Recorder.Begin();
            var scores = Tensor.From(queries, [count, D]).Linear(Units);
            for (int i = 0; i < count; i++)
                if (IsAnswered(questions[start + i], scores.Values.Slice(i * answering, answering))) correct++;
        }
        return correct;
    }

    // The length of the query changes no order.
    private void Query(Question question, Span<float> query)
    {
        ReadOnlySpan<float> a = Unit(question.A), b = Unit(question.B), c = Unit(question.C);
        for (int d = 0; d < query.Length; d++) query[d] = b[d] - a[d] + c[d];
    }

    private ReadOnlySpan<float> Unit(int id) => Units.Values.Slice(id * vectors.Width, vectors.Width);

    /// <summary>Words that differ from those of the question in case only are no answer either.</summary>
    private bool IsAnswered(Question question, ReadOnlySpan<float> scores)
    {
        for (int look = 4; ; look = Math.Min(4 * look, answering))
        {
            foreach (int id in WordVectors.Largest(scores, [question.A, question.B, question.C], look))
            {
                int first = ids[vectors.Vocabulary[id].ToUpperInvariant()];
                if (first != question.A && first != question.B && first != question.C) return first == question.D;
            }
            if (look == answering) return false;
        }
    }

    /// <summary>Ranks from 1; equal values share the mean of theirs.</summary>
    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[values.Count];
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && values[order[end]] == values[order[start]];) end++;
            for (int i = start; i < end; i++) ranks[order[i]] = (start + end + 1) / 2.0;
        }
        return ranks;
    }

    private static double Correlation(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Count; i++) (xy, xx, yy) = (xy + (x[i] - mx) * (y[i] - my), xx + (x[i] - mx) * (x[i] - mx), yy + (y[i] - my) * (y[i] - my));
        return xy / Math.Sqrt(xx * yy);
    }
}
