using Primitives = System.Numerics.Tensors.TensorPrimitives;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Words;
using Pellucid.Text.Words;

namespace Pellucid.Words;

/// <summary>A word and how near it is.</summary>
public readonly record struct WordScore(string Word, double Score);

/// <summary>Words with a vector each, and what can be asked of them. Immutable and thread-safe.</summary>
public sealed class WordVectors
{
    private readonly float[] rows;
    private readonly Lazy<Tensor> unit;

    /// <param name="vocabulary">V words.</param>
    /// <param name="rows">[V, D], row-major; kept, not copied.</param>
    /// <param name="width">D.</param>
    /// <exception cref="ArgumentException">There are not V · D values.</exception>
    public WordVectors(WordVocabulary vocabulary, float[] rows, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (rows.Length != (long)vocabulary.Count * width) throw new ArgumentException($"{vocabulary.Count} words of width {width} want {(long)vocabulary.Count * width} values, got {rows.Length}.", nameof(rows));
        (Vocabulary, Width, this.rows) = (vocabulary, width, rows);
        unit = new(() => FirstUnits(vocabulary.Count));
    }

    /// <summary>What has been learned for each word of the vocabulary; copied.</summary>
    public static WordVectors Of(WordVocabulary vocabulary, WindowEmbeddings learned)
    {
        int width = learned.Options.Width;
        float[] rows = new float[checked(vocabulary.Count * width)];
        for (int id = 0; id < vocabulary.Count; id++) learned.CopyRow(id, rows.AsSpan(id * width, width));
        return new WordVectors(vocabulary, rows, width);
    }

    public WordVocabulary Vocabulary { get; }

    /// <summary>D.</summary>
    public int Width { get; }

    /// <summary>The vector of a word's id, [D].</summary>
    public ReadOnlySpan<float> this[int id] => rows.AsSpan(id * Width, Width);

    /// <summary>The vector of a word, [D].</summary>
    /// <exception cref="WordVectorException">The word has none.</exception>
    public ReadOnlySpan<float> this[string word] => this[IdOf(word)];

    /// <summary>The vectors of all words, divided by their lengths, [V, D]; one of zeros stays so.</summary>
    internal Tensor Units => unit.Value;

    /// <summary>The same of the first words alone, [count, D].</summary>
    internal Tensor UnitsOf(int count) => count == Vocabulary.Count ? Units : FirstUnits(count);

    /// <summary>cos(a, b).</summary>
    /// <exception cref="WordVectorException">A word has no vector.</exception>
    public double Similarity(string a, string b) => Dot(IdOf(a), IdOf(b));

    /// <summary>The nearest words of a word by cosine.</summary>
    /// <exception cref="WordVectorException">The word has no vector.</exception>
    public IReadOnlyList<WordScore> Similar(string word, int count = 10) => Analogy([word], [], count);

    /// <summary>
    /// 3CosAdd: the words nearest to the direction of Σ positive - Σ negative, all of unit length, without those that were asked with (Mikolov et al. 2013c, eq. 1). "king" + "woman" - "man".
    /// </summary>
    /// <exception cref="WordVectorException">A word has no vector, or none is given.</exception>
    public IReadOnlyList<WordScore> Analogy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int count = 10)
    {
        int[] plus = Ids(positive), minus = Ids(negative);
        if (plus.Length + minus.Length == 0) throw new WordVectorException("no word is given");
        float[] query = new float[Width];
        foreach (int id in plus) Primitives.Add(query, UnitRow(id), query);
        foreach (int id in minus) Primitives.Subtract(query, UnitRow(id), query);
        Normalize(query);
        return Best(Scores(query), [.. plus, .. minus], count);
    }

    /// <summary>3CosMul: the words with the largest Π (1 + cos(word, positive))/2 / (Π (1 + cos(word, negative))/2 + 10⁻⁶) (Levy and Goldberg 2014, eq. 4).</summary>
    /// <exception cref="WordVectorException">A word has no vector, or no positive one is given.</exception>
    public IReadOnlyList<WordScore> AnalogyByProduct(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int count = 10)
    {
        int[] plus = Ids(positive), minus = Ids(negative);
        if (plus.Length == 0) throw new WordVectorException("no positive word is given");
        float[] scores = new float[Vocabulary.Count], product = new float[Vocabulary.Count];
        Array.Fill(scores, 1);
        Array.Fill(product, 1);
        foreach (int id in plus) Primitives.Multiply(scores, Halves(id), scores);
        foreach (int id in minus) Primitives.Multiply(product, Halves(id), product);
        Primitives.Add(product, 1e-6f, product);
        Primitives.Divide(scores, product, scores);
        return Best(scores, [.. plus, .. minus], count);
    }

    /// <summary>The word that is farthest by cosine from the mean of all, each of unit length.</summary>
    /// <exception cref="WordVectorException">A word has no vector, or there are fewer than two.</exception>
    public WordScore OddOneOut(IReadOnlyList<string> words)
    {
        if (words.Count < 2) throw new WordVectorException("the odd one out is asked of two words or more");
        int[] ids = Ids(words);
        float[] mean = new float[Width];
        foreach (int id in ids) Primitives.Add(mean, UnitRow(id), mean);
        Normalize(mean);
        return words.Zip(ids, (word, id) => new WordScore(word, Primitives.Dot<float>(UnitRow(id), mean))).MinBy(score => score.Score);
    }

    /// <summary>The word's id.</summary>
    /// <exception cref="WordVectorException">The word has no vector.</exception>
    public int IdOf(string word) => Vocabulary.IdOf(word) is >= 0 and var id ? id : throw new WordVectorException($"'{word}' has no vector: it is not among the {Vocabulary.Count:N0} words");

    /// <summary>The ids of the largest scores, the first of equal ones first, without some.</summary>
    internal static int[] Largest(ReadOnlySpan<float> scores, IReadOnlyCollection<int> without, int count)
    {
        var best = new PriorityQueue<int, (float Score, int Order)>(count + 1);
        for (int id = 0; id < scores.Length; id++)
        {
            if (best.Count == count && best.TryPeek(out _, out var worst) && !(scores[id] > worst.Score)) continue;
            if (without.Contains(id) || float.IsNaN(scores[id])) continue;
            best.Enqueue(id, (scores[id], -id));
            if (best.Count > count) best.Dequeue();
        }
        int[] ids = new int[best.Count];
        for (int i = ids.Length - 1; i >= 0; i--) ids[i] = best.Dequeue();
        return ids;
    }

    private IReadOnlyList<WordScore> Best(float[] scores, int[] without, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Largest(scores, without, count).Select(id => new WordScore(Vocabulary[id], scores[id]))];
    }

    private float[] Halves(int id)
    {
        float[] scores = Scores(UnitRow(id).ToArray());
        Primitives.Add(scores, 1, scores);
        Primitives.Multiply(scores, 0.5f, scores);
        return scores;
    }

    private float[] Scores(float[] query) => Tensor.From(query, [1, Width]).Linear(Units).ToArray();

    private int[] Ids(IReadOnlyList<string> words) => [.. words.Select(IdOf)];

    private double Dot(int a, int b) => Primitives.Dot(UnitRow(a), UnitRow(b));

    private ReadOnlySpan<float> UnitRow(int id) => Units.Values.Slice(id * Width, Width);

    private Tensor FirstUnits(int count)
    {
        float[] values = rows[..(count * Width)];
        for (int id = 0; id < count; id++) Normalize(values.AsSpan(id * Width, Width));
        return Tensor.From(values, [count, Width]);
    }

    private static void Normalize(Span<float> x)
    {
        float norm = Primitives.Norm<float>(x);
        if (norm > 0) Primitives.Divide(x, norm, x);
    }
}
