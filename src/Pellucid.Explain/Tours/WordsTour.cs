using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Words;
using static Pellucid.Explain.Tours.TourBuilder;

namespace Pellucid.Explain.Tours;

/// <summary>What the tour of word vectors learns from, and how.</summary>
internal sealed record WordsTourOptions
{
    /// <summary>Sentences, one a line, words separated by blanks.</summary>
    public string Text { get; init; } = WordsTour.Kingdom;

    /// <summary>The numbers of a vector: D.</summary>
    public int Width { get; init; } = 6;

    /// <summary>The farthest that a word around may be from the middle.</summary>
    public int Window { get; init; } = 2;

    /// <summary>Drawn words that the word in the middle is not.</summary>
    public int Negative { get; init; } = 3;
}

/// <summary>The tour of word vectors: ids, one-hot rows, the window, a training step of CBOW and of skip-gram forwards and backwards, and what has been learned in the end.</summary>
internal static class WordsTour
{
    /// <summary>The longest text, in words, and the most distinct words that can still be shown.</summary>
    internal const int LongestText = 2000, MostWords = 60;

    private const int PassesBefore = 20, PassesAfter = 400;
    private const float Rate = 0.1f;

    internal const string Kingdom = """
        the king is a man
        the queen is a woman
        the prince is a boy
        the princess is a girl
        a boy will be a man
        a girl will be a woman
        the prince will be the king
        the princess will be the queen
        the king rules the land
        the queen rules the land
        the prince loves the land
        the princess loves the land
        the man works the field
        the woman works the field
        the boy plays in the field
        the girl plays in the field
        he is a man
        she is a woman
        he is the king
        she is the queen
        he is a boy
        she is a girl
        he is the prince
        she is the princess
        the king says he rules
        the queen says she rules
        the man says he works
        the woman says she works
        the boy says he plays
        the girl says she plays
        """;

    /// <exception cref="ArgumentException">The text has too few words or too many.</exception>
    internal static Tour Make(WordsTourOptions? options = null)
    {
        options ??= new WordsTourOptions();
        var text = WordsTourText.Read(options.Text);
        var tour = new TourBuilder("words");
        int[] sentence = text.Sentences.MaxBy(ids => Math.Min(ids.Length, 2 * options.Window + 1))!;
        int middle = sentence.Length / 2;
        string[] words = text.Spelled(sentence), vocabulary = [.. text.Vocabulary];
        TourToken[] tokens = [.. sentence.Select(id => new TourToken(id, vocabulary[id]))];
        var counts = new Dictionary<string, double> { ["words"] = text.Count, ["distinct"] = vocabulary.Length, ["sentences"] = text.Sentences.Count, ["width"] = options.Width };

        tour.Step("ids", null, [], [.. vocabulary.Select((word, id) => new TourToken(id, word))], counts);
        float[] hot = new float[sentence.Length * vocabulary.Length];
        for (int t = 0; t < sentence.Length; t++) hot[t * vocabulary.Length + sentence[t]] = 1;
        tour.Shown("one_hot", "B T V", Tensor.From(hot, [1, sentence.Length, vocabulary.Length]));
        tour.Step("one_hot", null, [View("one_hot", words, vocabulary)], tokens, counts);

        var embeddings = Learned(text, options, PassesBefore, WindowModel.Cbow);
        tour.Given("input.weight", "V D", [vocabulary.Length, options.Width], Rows(embeddings, asTarget: false));
        tour.Given("target.weight", "V D", [vocabulary.Length, options.Width], Rows(embeddings, asTarget: true));
        tour.Shown("input.transposed", "D V", tour["input.weight"].Transpose(1, 0));
        tour.Linear("one_hot.product", "B T D", "one_hot", "input.transposed");
        tour.Lookup("input.rows", "input.weight", sentence);
        tour.Step("row", "x E = E[id]", [View("input.weight", vocabulary), View("one_hot.product", words), View("input.rows", words)], tokens, new(counts) { ["passes"] = PassesBefore });

        float[] near = new float[sentence.Length * sentence.Length];
        for (int t = 0; t < sentence.Length; t++)
            for (int s = 0; s < sentence.Length; s++)
                near[t * sentence.Length + s] = s != t && Math.Abs(s - t) <= options.Window ? 1 : 0;
        tour.Shown("window", "T S", Tensor.From(near, [sentence.Length, sentence.Length]));
        int[] around = [.. Enumerable.Range(0, sentence.Length).Where(s => near[middle * sentence.Length + s] == 1)];
        var names = new Dictionary<string, string> { ["word"] = words[middle], ["around"] = string.Join(", ", around.Select(s => words[s])) };
        tour.Step("window", null, [View("window", words, words)], tokens, new(counts) { ["window"] = options.Window }, names);

        var step = new WordsTourStep(tour, vocabulary, [.. around.Select(s => sentence[s])], [sentence[middle], .. text.Drawn(sentence[middle], options.Negative)], Rate);
        step.Cbow(names);
        step.SkipGram(names);

        var learned = Learned(text, options, PassesBefore + PassesAfter, WindowModel.Cbow);
        tour.Given("learned.weight", "V D", [vocabulary.Length, options.Width], Rows(learned, asTarget: false));
        WordsTourMap.Add(tour, "learned.weight", vocabulary, text.Analogy, new(counts) { ["passes"] = PassesBefore + PassesAfter });
        return tour.Build();
    }

    /// <summary>The same geometry of vectors that were learned elsewhere.</summary>
    /// <param name="words">The words shown, N of them.</param>
    /// <param name="vectors">[N, D].</param>
    /// <param name="analogy">a is to b as c is to ?, places in <paramref name="words"/>; null without.</param>
    internal static Tour Of(IReadOnlyList<string> words, float[] vectors, (int A, int B, int C)? analogy)
    {
        var tour = new TourBuilder("words");
        int width = vectors.Length / words.Count;
        tour.Given("learned.weight", "V D", [words.Count, width], vectors);
        WordsTourMap.Add(tour, "learned.weight", [.. words], analogy, new() { ["distinct"] = words.Count, ["width"] = width });
        return tour.Build();
    }

    private static WindowEmbeddings Learned(WordsTourText text, WordsTourOptions options, int passes, WindowModel model)
    {
        var key = new Rng(2013).Split("words");
        var windows = new WindowOptions
        {
            Model = model, Width = options.Width, Window = options.Window, ShrinkWindows = false, Batch = 16, Targets = new WindowTargets.NegativeSamples(options.Negative),
        };
        // The engine wants words by falling count; the tour numbers them as they first appear.
        int[] order = [.. Enumerable.Range(0, text.Vocabulary.Count).OrderByDescending(id => text.Counts[id])], place = new int[order.Length];
        for (int i = 0; i < order.Length; i++) place[order[i]] = i;
        var embeddings = new WindowEmbeddings([.. order.Select(id => (long)text.Counts[id])], windows, key.Split("rows"));
        int[] ids = [.. text.Sentences.SelectMany(sentence => sentence.Select(id => place[id]).Append(-1))];
        for (int pass = 0; pass < passes; pass++) embeddings.Learn(ids, Rate, key.Split("pass").Split((ulong)pass));
        return Reordered(embeddings, place, windows, key);
    }

    private static WindowEmbeddings Reordered(WindowEmbeddings from, int[] place, WindowOptions options, Rng key)
    {
        var to = new WindowEmbeddings([.. Enumerable.Repeat(1L, place.Length)], options, key);
        for (int id = 0; id < place.Length; id++)
        {
            to.SetRow(id, from.Row(place[id]));
            to.SetRow(id, from.Row(place[id], asTarget: true), asTarget: true);
        }
        return to;
    }

    private static float[] Rows(WindowEmbeddings embeddings, bool asTarget)
    {
        var rows = new List<float>();
        for (int id = 0; id < embeddings.Rows; id++) rows.AddRange(embeddings.Row(id, asTarget));
        return [.. rows];
    }
}
