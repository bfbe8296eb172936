namespace Pellucid.Text.Metrics;

/// <summary>
/// A measure of translations against references. The family is closed: <see cref="Bleu"/>, <see cref="ChrF"/>, <see cref="Ter"/>.
/// Every metric is a pure function of its options and its input, and safe to share between threads.
/// </summary>
/// <remarks>
/// References come as streams: <c>references[r][i]</c> is reference r of segment i, so there are as many streams
/// as each segment has references (one file of references is one stream).
/// </remarks>
public abstract class Metric
{
    private protected Metric()
    {
    }

    /// <summary>The version of sacreBLEU whose numbers this code reproduces; it is what a signature calls <c>version</c>.</summary>
    public const string ReproducedVersion = "2.6.0";

    /// <summary>The name sacreBLEU prints before the score: BLEU, chrF2, chrF2++, TER.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a better translation has a higher score (true for all but TER).</summary>
    public abstract bool HigherIsBetter { get; }

    /// <summary>Scores a corpus: the statistics of all segments are added, then the formula is applied once.</summary>
    /// <param name="hypotheses">The translations, one a segment.</param>
    /// <param name="references">Streams of references, each as long as <paramref name="hypotheses"/>.</param>
    /// <param name="cancellation">Looked at before every segment.</param>
    /// <exception cref="MetricInputException">No segment, no stream, or a stream of another length.</exception>
    public abstract MetricScore Corpus(
        IReadOnlyList<string> hypotheses,
        IReadOnlyList<IReadOnlyList<string>> references,
        CancellationToken cancellation = default);

    /// <summary>Scores a corpus that has one reference a segment.</summary>
    public MetricScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, CancellationToken cancellation = default) =>
        Corpus(hypotheses, [references], cancellation);

    /// <summary>Scores one segment against its references.</summary>
    /// <exception cref="MetricInputException">There is no reference.</exception>
    public abstract MetricScore Sentence(string hypothesis, IReadOnlyList<string> references);

    /// <summary>Scores one segment against one reference.</summary>
    public MetricScore Sentence(string hypothesis, string reference) => Sentence(hypothesis, [reference]);

    /// <summary>The metric of this name with its default settings: bleu, chrf, chrf++ or ter, in any case.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static Metric ByName(string name) => name.ToLowerInvariant() switch
    {
        "bleu" => new Bleu(),
        "chrf" => new ChrF(),
        "chrf++" => new ChrF(ChrFOptions.PlusPlus),
        "ter" => new Ter(),
        _ => throw new ArgumentException($"There is no metric '{name}'; the names are {string.Join(", ", Names)}.", nameof(name)),
    };

    /// <summary>The names that <see cref="ByName"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bleu", "chrf", "chrf++", "ter"];

    /// <summary>The references of segment <paramref name="segment"/>, one from each stream.</summary>
    private protected static string[] ReferencesOf(IReadOnlyList<IReadOnlyList<string>> references, int segment)
    {
        var ofSegment = new string[references.Count];
        for (var r = 0; r < ofSegment.Length; r++) ofSegment[r] = references[r][segment];
        return ofSegment;
    }

    private protected static string YesNo(bool value) => value ? "yes" : "no";
}
