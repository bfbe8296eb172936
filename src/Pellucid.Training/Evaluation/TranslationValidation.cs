using Pellucid.Text.Corpora;
using Pellucid.Text.Metrics;

namespace Pellucid.Training.Evaluation;

/// <summary>Translates the sources and scores the translations against the targets, by BLEU unless another metric is given.</summary>
/// <param name="pairs">Sources and references.</param>
/// <param name="translate">Translates every sentence, in order.</param>
public sealed class TranslationValidation(
    IReadOnlyList<SentencePair> pairs, Func<IReadOnlyList<string>, CancellationToken, IReadOnlyList<string>> translate, Metric? metric = null) : IValidation
{
    private readonly Metric metric = metric ?? new Bleu();

    public IReadOnlyList<string> Metrics => [metric.Name.ToLowerInvariant()];

    public IReadOnlyList<MetricValue> Run(CancellationToken cancellation)
    {
        var hypotheses = translate([.. pairs.Select(pair => pair.Source)], cancellation);
        if (hypotheses.Count != pairs.Count)
            throw new TrainingException($"the translator gave {hypotheses.Count} translations for {pairs.Count} sentences.");
        double score = metric.Corpus(hypotheses, [.. pairs.Select(pair => pair.Target)]).Score;
        return [new(Metrics[0], score, metric.HigherIsBetter)];
    }
}
