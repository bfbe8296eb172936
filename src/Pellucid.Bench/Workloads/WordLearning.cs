using Pellucid.Bench.Peers;
using Pellucid.Tensors;
using Pellucid.Tensors.Words;
using Pellucid.Training.Words;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// A pass of word2vec over the beginning of a text, with the vocabulary of the whole: 100 dimensions, window 5, 5 negative samples, sample 10⁻³, minimum count 5. Words are counted before frequent ones are left out,
/// as gensim and word2vec.c count them. Limit: the rate of fused multiply-adds, over those that the pairs of words and targets need.
/// </summary>
internal sealed class WordLearning : Workload
{
    private const int Width = 100, Window = 5, Negatives = 5;

    private readonly WordText _text;
    private readonly Word2VecOptions _options;
    private WindowEmbeddings? _embeddings;
    private ulong _pass;

    /// <exception cref="FormatException">There is no such model.</exception>
    public WordLearning(string shape, WordText text)
    {
        var model = shape switch
        {
            "cbow" => WindowModel.Cbow,
            "skip-gram" => WindowModel.SkipGram,
            _ => throw new FormatException($"there is no word2vec '{shape}' (there is: {string.Join(", ", Names)})"),
        };
        _text = text;
        _options = new() { Windows = new() { Model = model, Width = Width, Window = Window, Targets = new WindowTargets.NegativeSamples(Negatives) }, Epochs = 1 };
        Shape = $"{shape}:{text.Name}";
    }

    public static IReadOnlyList<string> Names { get; } = ["skip-gram", "cbow"];

    public override string Bench => "word2vec";

    public override string Shape { get; }

    public override string Unit => "words/s";

    public override double Amount => _text.Words;

    public override TimeSpan Duration => TimeSpan.FromMilliseconds(1); // one pass

    public override int Repeats => 5;

    public override PeerTask Peer => new("word2vec", new Dictionary<string, int>
    {
        ["width"] = Width, ["window"] = Window, ["negative"] = Negatives, ["skip_gram"] = IsSkipGram ? 1 : 0,
        ["words"] = (int)_text.Words, ["sentences"] = (int)_text.Corpus.Sentences,
    })
    {
        Library = "gensim", Texts = new Dictionary<string, string> { ["vocabulary"] = _text.Vocabulary, ["text"] = _text.Beginning },
    };

    private bool IsSkipGram => _options.Windows.Model == WindowModel.SkipGram;

    public override void Prepare()
    {
        _text.Prepare();
        _embeddings = new WindowEmbeddings(_text.Corpus.Vocabulary.Counts, _options.Windows, new Rng(1));
    }

    public override void Run(CancellationToken cancellation)
    {
        Word2Vec.Continue(_embeddings!, _text.Corpus, _options, new Rng(2).Split(_pass++), null, cancellation);
        cancellation.ThrowIfCancellationRequested();
    }

    public override Limit? LimitOf(Peaks peaks) => new(1e9 * peaks.Gflops / FlopsPerWord(), "FMA peak");

    public override IEnumerable<Figure> Figures(Costs costs)
    {
        yield return new("words", Amount, $"{Amounts.Number(Amount / 1e6)} M words a pass");
        yield return new("vocabulary", _text.Corpus.Vocabulary.Count, FormattableString.Invariant($"{_text.Corpus.Vocabulary.Count:N0} words of vocabulary"));
        yield return new("matrix_bytes", _embeddings!.Bytes, $"{Amounts.Bytes(_embeddings.Bytes)} of matrices");
    }

    public override void Dispose() => _embeddings = null;

    /// <summary>A window has about Window + 1 words around, as its reach is 1 to Window to both sides; a pair of a vector and a target takes its product and the change of both, 2D each.</summary>
    private double FlopsPerWord()
    {
        double kept = new Subsampling(_text.Corpus.Vocabulary, _options.Sample).KeptShare(_text.Corpus.Vocabulary);
        double pairs = (1.0 + Negatives) * (IsSkipGram ? Window + 1 : 1), sums = IsSkipGram ? 0 : 2.0 * (Window + 1) * Width;
        return kept * (6.0 * Width * pairs + sums);
    }
}
