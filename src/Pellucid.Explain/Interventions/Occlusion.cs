using Pellucid.Explain.Traces;
using Pellucid.Models.Attention;
using Pellucid.Models.Generation;

namespace Pellucid.Explain.Interventions;

/// <summary>
/// What a sentence's words are worth to its translation: each is hidden in turn, from every attention of the encoder and from the cross-attentions, and the model runs again
/// (occlusion; Zeiler and Fergus 2014, section 4.2, and Li et al. 2016). The token that is hidden still has its row, which nobody sees. Unlike attention weights this is a cause: it says what
/// changes when the word is not there to be read, and nothing about other wordings.
/// </summary>
/// <param name="Hidden">The positions of the source that were hidden together.</param>
/// <param name="LogProbabilities">log P of every answered token without them, [T].</param>
/// <param name="Changes">Those less the baseline's, [T]: below zero where the hidden word supported the token.</param>
/// <param name="Tokens">How the model translates without them; null when that was not asked for.</param>
public sealed record Occlusion(IReadOnlyList<int> Hidden, float[] LogProbabilities, double[] Changes, int[]? Tokens)
{
    /// <summary>The change of log P of the whole answer.</summary>
    public double TotalChange => Changes.Sum();

    /// <summary>Hides each of the groups of source positions in turn.</summary>
    /// <param name="model">The model.</param>
    /// <param name="source">The source as the encoder reads it, end token included, [S].</param>
    /// <param name="target">The answered tokens, without begin and end, [T - 1].</param>
    /// <param name="groups">Which positions to hide together; see <see cref="Words"/>. Each position alone when null.</param>
    /// <param name="options">How to translate without them; null leaves the translations out, which is much quicker.</param>
    /// <param name="cancellation">Ends the work between two groups.</param>
    /// <exception cref="ArgumentException">A position lies outside the source, or source or target do not fit the model.</exception>
    public static IReadOnlyList<Occlusion> Run(
        TranslationModel model, int[] source, int[] target, IReadOnlyList<IReadOnlyList<int>>? groups = null, DecodingOptions? options = null, CancellationToken cancellation = default)
    {
        groups ??= [.. Enumerable.Range(0, source.Length).Select(position => new[] { position })];
        if (groups.SelectMany(group => group).Where(position => (uint)position >= (uint)source.Length).ToList() is { Count: > 0 } outside)
            throw new ArgumentException(FormattableString.Invariant($"the source has the positions 0..{source.Length - 1}, got {outside[0]}."), nameof(groups));
        float[] baseline = ForcedScoring.Score(model.Transformer, source, target, cancellation: cancellation).StepLogProbabilities;
        var found = new List<Occlusion>();
        foreach (var group in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            var blind = model.Transformer.WithMasks(Hide(model, group));
            float[] hidden = ForcedScoring.Score(blind, source, target, cancellation: cancellation).StepLogProbabilities;
            int[]? tokens = options is null ? null : Generator.Generate(blind, [source], options, cancellation: cancellation)[0][0].Tokens;
            found.Add(new Occlusion(group, hidden, [.. hidden.Zip(baseline, (with, without) => (double)with - without)], tokens));
        }
        return found;
    }

    /// <summary>The positions of each word of a sentence: tokens whose ranges touch and that no white space parts. Marks are words of their own.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Words(TraceHeader header)
    {
        var words = new List<List<int>>();
        for (int i = 0; i < header.Source.Count; i++)
        {
            var token = header.Source[i];
            bool continues = i > 0 && token.End > token.Start && header.Source[i - 1] is var before && before.End > before.Start && before.End == token.Start
                && token.Start < header.Text.Length && !char.IsWhiteSpace(header.Text[token.Start]);
            if (continues)
                words[^1].Add(i);
            else
                words.Add([i]);
        }
        return words;
    }

    private static MaskEdits Hide(TranslationModel model, IReadOnlyList<int> positions) => new(
        from place in model.Transformer.AttentionPlaces
        where place.StartsWith("encoder.", StringComparison.Ordinal) || place.EndsWith(".cross_attention", StringComparison.Ordinal)
        from position in positions
        select new MaskEdit(place, null, position, false));
}
