using System.Runtime.InteropServices;

namespace Pellucid.Text.Metrics;

/// <summary>
/// BLEU: the geometric mean of clipped n-gram precisions times a brevity penalty (Papineni et al. 2002, section 2.3),
/// with the tokenizers and the signature of sacreBLEU (Post 2018), and equal to it.
/// </summary>
public sealed class Bleu : Metric
{
    private readonly BleuOptions _options;

    /// <exception cref="ArgumentOutOfRangeException">The maximum order is below 1.</exception>
    public Bleu(BleuOptions? options = null)
    {
        _options = options ?? new BleuOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxOrder, 1, nameof(BleuOptions.MaxOrder));
    }

    public override string Name => "BLEU";

    public override bool HigherIsBetter => true;

    /// <inheritdoc/>
    public override BleuScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, CancellationToken cancellation = default)
    {
        MetricInputException.Check(hypotheses, references);
        var statistics = new Statistics(_options);
        for (var i = 0; i < hypotheses.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            statistics.Add(hypotheses[i], ReferencesOf(references, i));
        }

        return Score(statistics, references.Count, _options.EffectiveOrder == EffectiveOrder.Always);
    }

    /// <inheritdoc cref="Metric.Corpus(IReadOnlyList{string}, IReadOnlyList{string}, CancellationToken)"/>
    public new BleuScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, CancellationToken cancellation = default) =>
        Corpus(hypotheses, [references], cancellation);

    /// <inheritdoc/>
    public override BleuScore Sentence(string hypothesis, IReadOnlyList<string> references)
    {
        MetricInputException.CheckReferences(references.Count, 1);
        var statistics = new Statistics(_options);
        statistics.Add(hypothesis, references);
        return Score(statistics, references.Count, _options.EffectiveOrder != EffectiveOrder.Never);
    }

    /// <inheritdoc cref="Metric.Sentence(string, string)"/>
    public new BleuScore Sentence(string hypothesis, string reference) => Sentence(hypothesis, [reference]);

    private BleuScore Score(Statistics statistics, int references, bool effectiveOrder)
    {
        var signature = $"nrefs:{references}|case:{(_options.Lowercase ? "lc" : "mixed")}|eff:{YesNo(effectiveOrder)}"
            + $"|tok:{_options.Tokenizer.Name}|smooth:{_options.Smoothing.Name}|version:{ReproducedVersion}";
        var penalty = BleuFormula.BrevityPenalty(statistics.HypothesisLength, statistics.ReferenceLength);
        var precisions = BleuFormula.Precisions(statistics.Counts, statistics.Totals, _options.Smoothing, out var defined);
        var score = penalty * BleuFormula.GeometricMean(precisions.AsSpan(0, effectiveOrder ? defined : precisions.Length));
        return new BleuScore(
            score, signature, statistics.Counts, statistics.Totals, precisions,
            penalty, statistics.HypothesisLength, statistics.ReferenceLength);
    }

    /// <summary>The sums over segments that the formula needs.</summary>
    private sealed class Statistics(BleuOptions options)
    {
        private readonly NGramCounter _ngrams = new(options.MaxOrder);
        private readonly Dictionary<string, int> _words = [];

        public long[] Counts { get; } = new long[options.MaxOrder];

        public long[] Totals { get; } = new long[options.MaxOrder];

        public long HypothesisLength { get; private set; }

        public long ReferenceLength { get; private set; }

        public void Add(string hypothesis, IReadOnlyList<string> references)
        {
            _ngrams.Clear();
            var words = Words(hypothesis);
            var counts = _ngrams.Count(words);
            var best = new int[counts.Length]; // the most often that any one reference has the n-gram
            var closest = -1;
            foreach (var reference in references)
            {
                var others = Words(reference);
                var othersCounts = _ngrams.Count(others);
                for (var n = 0; n < best.Length; n++) best[n] = Math.Max(best[n], othersCounts[n]);
                closest = closest < 0 ? others.Length : Closer(words.Length, closest, others.Length);
            }

            _ngrams.AddMatches(counts, best, Counts);
            NGramCounter.AddTotals(words.Length, Totals);
            HypothesisLength += words.Length;
            ReferenceLength += closest;
        }

        private static int Closer(int length, int a, int b)
        {
            var difference = Math.Abs(length - a) - Math.Abs(length - b);
            return difference < 0 ? a : difference > 0 ? b : Math.Min(a, b);
        }

        private int[] Words(string segment)
        {
            var words = options.Tokenizer.Words(options.Lowercase ? PythonText.ToLower(segment) : segment);
            var ids = new int[words.Count];
            for (var i = 0; i < ids.Length; i++)
            {
                ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_words, words[i], out var known);
                if (!known) id = _words.Count - 1;
                ids[i] = id;
            }

            return ids;
        }
    }
}
