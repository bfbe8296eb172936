using Pellucid.Models.Generation;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid;

/// <summary>A translated text.</summary>
/// <param name="Source">The text as it was given.</param>
/// <param name="Candidates">The translations, best first (samples: in the order drawn); at least one.</param>
/// <param name="Parts">
/// What the model translated, in order: one part for an ordinary sentence, none for a blank text, several when the text has several lines or was too long for one.
/// What lies between the parts is white space, and stands unchanged in the translation.
/// </param>
public sealed record Translation(string Source, IReadOnlyList<TranslationCandidate> Candidates, IReadOnlyList<TranslatedPart> Parts)
{
    /// <summary>The best translation.</summary>
    public string Text => Candidates[0].Text;

    /// <summary>The best translation's score; see <see cref="TranslationCandidate.Score"/>.</summary>
    public double Score => Candidates[0].Score;

    /// <summary>True when a part of the best translation ends only because the maximum length was reached, so that text may be missing.</summary>
    public bool Cut => Candidates[0].Cut;
}

/// <summary>One translation of a whole text.</summary>
/// <param name="Text">The translation.</param>
/// <param name="Score">The sum of its parts' scores; what candidates are ranked by.</param>
/// <param name="LogProbability">The sum of its parts' log-probabilities, natural logarithm.</param>
/// <param name="Cut">True when one of its parts ends only because the maximum length was reached.</param>
public sealed record TranslationCandidate(string Text, double Score, double LogProbability, bool Cut);

/// <summary>A piece of the source that went through the model at once.</summary>
/// <param name="Span">Where it stands in <see cref="Translation.Source"/>.</param>
/// <param name="Source">Its tokens; offsets count from the start of the part. The model reads them followed by the end token.</param>
/// <param name="Candidates">Its translations, best first (samples: in the order drawn).</param>
public sealed record TranslatedPart(TextSpan Span, TokenEncoding Source, IReadOnlyList<TargetText> Candidates);

/// <summary>A target as text, as pieces and as the model's numbers.</summary>
/// <param name="Text">The decoded text.</param>
/// <param name="Pieces">The pieces of <see cref="Hypothesis.Tokens"/>.</param>
/// <param name="Hypothesis">Token ids, score, step log-probabilities and alignment.</param>
public sealed record TargetText(string Text, IReadOnlyList<string> Pieces, Hypothesis Hypothesis);
