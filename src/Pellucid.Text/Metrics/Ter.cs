using System.Runtime.InteropServices;

namespace Pellucid.Text.Metrics;

/// <summary>
/// Translation edit rate: edits, among them shifts of runs of words, per reference word (Snover et al. 2006),
/// found by the greedy search of tercom within the limits that sacreBLEU sets, and equal to it.
/// </summary>
public sealed class Ter : Metric
{
    private readonly TerOptions _options;

    public Ter(TerOptions? options = null) => _options = options ?? new TerOptions();

    public override string Name => "TER";

    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override TerScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, CancellationToken cancellation = default)
    {
        MetricInputException.Check(hypotheses, references);
        var (edits, length) = (0L, 0.0);
        for (var i = 0; i < hypotheses.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var segment = Segment(hypotheses[i], ReferencesOf(references, i));
            edits += segment.Edits;
            length += segment.ReferenceLength;
        }

        return Score(edits, length, references.Count);
    }

    /// <inheritdoc cref="Metric.Corpus(IReadOnlyList{string}, IReadOnlyList{string}, CancellationToken)"/>
    public new TerScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, CancellationToken cancellation = default) =>
        Corpus(hypotheses, [references], cancellation);

    /// <inheritdoc/>
    public override TerScore Sentence(string hypothesis, IReadOnlyList<string> references)
    {
        MetricInputException.CheckReferences(references.Count, 1);
        var (edits, length) = Segment(hypothesis, references);
        return Score(edits, length, references.Count);
    }

    /// <inheritdoc cref="Metric.Sentence(string, string)"/>
    public new TerScore Sentence(string hypothesis, string reference) => Sentence(hypothesis, [reference]);

    private (int Edits, double ReferenceLength) Segment(string hypothesis, IReadOnlyList<string> references)
    {
        var ids = new Dictionary<string, int>();
        var words = Ids(hypothesis);
        var (fewest, length) = (int.MaxValue, 0L);
        foreach (var reference in references)
        {
            var referenceWords = Ids(reference);
            fewest = Math.Min(fewest, TercomShifts.Edits(words, referenceWords));
            length += referenceWords.Length;
        }

        return (fewest, (double)length / references.Count);

        int[] Ids(string segment) => Array.ConvertAll(TerTokenizer.Words(segment, _options), word =>
        {
            ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(ids, word, out var known);
            if (!known) id = ids.Count - 1;
            return id;
        });
    }

    private TerScore Score(long edits, double length, int references)
    {
        var signature = $"nrefs:{references}|case:{(_options.CaseSensitive ? "mixed" : "lc")}|tok:tercom|norm:{YesNo(_options.Normalized)}"
            + $"|punct:{YesNo(!_options.NoPunctuation)}|asian:{YesNo(_options.AsianSupport)}|version:{ReproducedVersion}";
        // No reference word at all: any edit is as bad as can be, none is perfect.
        var rate = length > 0 ? edits / length : edits > 0 ? 1 : 0;
        return new TerScore(100 * rate, signature, edits, length);
    }
}
