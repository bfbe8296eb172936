using Pellucid.Models.Generation;
using Pellucid.Text;
using Pellucid.Text.Tokenizers;

namespace Pellucid;

/// <summary>A text on its way through the model: its parts as ids, and how their translations become one again.</summary>
internal sealed class PreparedText
{
    private readonly Tokenizer tokenizer;
    private readonly string text;
    private readonly List<(TextSpan Span, TokenEncoding Tokens)> parts = [];

    internal PreparedText(Tokenizer tokenizer, string text, bool splitSentences, int longest)
    {
        (this.tokenizer, this.text) = (tokenizer, text);
        foreach (var span in TextParts.Of(text, splitSentences, part => tokenizer.EncodeToIds(part).Length < longest))
        {
            var tokens = tokenizer.Encode(span.Of(text).ToString());
            // Characters that the tokenizer drops altogether (controls, say) leave nothing to translate and stay where they are.
            if (tokens.Ids.Length > 0)
                parts.Add((span, tokens));
        }
        Sources = [.. parts.Select(part => SentenceIds.Source(tokenizer, part.Tokens.Ids))];
    }

    /// <summary>What the encoder reads, part by part.</summary>
    internal IReadOnlyList<int[]> Sources { get; }

    /// <summary>What stands before the first part, between the parts and after the last: one more than there are parts.</summary>
    internal IReadOnlyList<string> Separators
    {
        get
        {
            var separators = new List<string>();
            int at = 0;
            foreach (var (span, _) in parts)
            {
                separators.Add(text[at..span.Start]);
                at = span.End;
            }
            separators.Add(text[at..]);
            return separators;
        }
    }

    /// <summary>The translation, from the hypotheses of every part.</summary>
    internal Translation Assemble(IReadOnlyList<IReadOnlyList<Hypothesis>> found, DecodingOptions options)
    {
        var translated = parts.Zip(found, (part, hypotheses) =>
            new TranslatedPart(part.Span, part.Tokens, [.. hypotheses.Select(hypothesis => TargetOf(tokenizer, hypothesis))])).ToList();
        var choices = options.Search is Search.Sample ? SideBySide(translated, options.Best) : BestCombinations(translated, options.Best);
        return new Translation(text, [.. choices.Select(Candidate)], translated);
    }

    internal static TargetText TargetOf(Tokenizer tokenizer, Hypothesis hypothesis) =>
        new(tokenizer.Decode(hypothesis.Tokens), [.. hypothesis.Tokens.Select(token => tokenizer.Vocabulary[token])], hypothesis);

    private TranslationCandidate Candidate(IReadOnlyList<TargetText> choice)
    {
        var weaver = new TextWeaver();
        var separators = Separators;
        for (int i = 0; i < choice.Count; i++)
        {
            weaver.Between(separators[i]);
            weaver.Add(choice[i].Text);
        }
        weaver.Between(separators[^1]);
        weaver.Finish();
        return new TranslationCandidate(
            weaver.Text, choice.Sum(target => target.Hypothesis.Score), choice.Sum(target => target.Hypothesis.LogProbability), choice.Any(target => target.Hypothesis.Cut));
    }

    /// <summary>The n-th sample of every part makes the n-th sample of the text.</summary>
    private static IEnumerable<IReadOnlyList<TargetText>> SideBySide(List<TranslatedPart> parts, int best) =>
        Enumerable.Range(0, best).Select(number => (IReadOnlyList<TargetText>)[.. parts.Select(part => part.Candidates[number])]);

    /// <summary>
    /// The n combinations of the highest total score. Part by part, keeping n, is exact: the rest of a combination adds the same to all that share it.
    /// </summary>
    private static List<List<TargetText>> BestCombinations(List<TranslatedPart> parts, int best)
    {
        List<List<TargetText>> kept = [[]];
        foreach (var part in parts)
            kept = [.. kept.SelectMany(choice => part.Candidates.Select(target => (List<TargetText>)[.. choice, target]))
                .OrderByDescending(choice => choice.Sum(target => target.Hypothesis.Score)).Take(best)];
        return kept;
    }
}
