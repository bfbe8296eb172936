using Pellucid.Explain.Searches;
using Pellucid.Explain.Traces;
using Pellucid.Models.Generation;

namespace Pellucid.Explain.Interventions;

/// <summary>What follows from an edit, computed by the same engine.</summary>
/// <param name="Model">The edited model; the original is unchanged.</param>
/// <param name="Edits">What was edited.</param>
/// <param name="Trace">The edited model on the very tokens of the baseline, so that every tensor can be held against its own.</param>
/// <param name="Changes">How every tensor differs from the baseline's, in the order of computation.</param>
/// <param name="Search">How the edited model translates the sentence.</param>
/// <param name="Translation">Its text.</param>
public sealed record Intervention(
    TranslationModel Model, IReadOnlyList<Edit> Edits, Trace Trace, IReadOnlyList<TensorChange> Changes, SearchRecord Search, string Translation)
{
    /// <summary>Applies edits and runs the edited model on a traced sentence.</summary>
    /// <param name="model">The model of the baseline.</param>
    /// <param name="baseline">A trace that it made.</param>
    /// <param name="edits">The changes, in their order.</param>
    /// <param name="options">How to search for the new translation.</param>
    /// <param name="capture">Which tensors keep their values; all when null.</param>
    /// <param name="cancellation">Ends the work between two operations.</param>
    /// <exception cref="ArgumentException">An edit does not fit the model, see <see cref="EditedModel.Apply"/>, or the search draws samples.</exception>
    /// <exception cref="GenerationException">The edited model's numbers are not finite any more.</exception>
    public static Intervention Run(
        TranslationModel model, Trace baseline, IReadOnlyList<Edit> edits, DecodingOptions options, TracePattern? capture = null, CancellationToken cancellation = default)
    {
        var edited = EditedModel.Apply(model, edits);
        int[] source = [.. baseline.Header.Source.Select(token => token.Id)];
        var trace = Tracer.Trace(edited, source, [.. baseline.Header.Target.Skip(1).Select(token => token.Id)], capture, cancellation);
        trace = trace with { Header = trace.Header with { Source = baseline.Header.Source, Text = baseline.Header.Text } };
        var search = SearchRecorder.Record(edited, source, options, cancellation: cancellation);
        return new Intervention(edited, edits, trace, TensorChange.Between(baseline, trace), search, edited.Tokenizer.Decode(search.Hypotheses[0].Tokens));
    }
}
