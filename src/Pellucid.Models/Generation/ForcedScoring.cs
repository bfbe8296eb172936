namespace Pellucid.Models.Generation;

/// <summary>
/// How probable a model finds given translations. They take the very path that the search takes, with only one token allowed at every step,
/// so a target that a search found gets back the search's own numbers, bit for bit.
/// </summary>
public static class ForcedScoring
{
    /// <summary>Scores one target; see the other overload.</summary>
    public static Hypothesis Score(IDecodable model, int[] source, int[] target, DecodingOptions? options = null, CancellationToken cancellation = default) =>
        Score(model, [source], [target], options, null, cancellation)[0];

    /// <summary>Scores targets, in order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sources">Source token ids, as for <see cref="Generator.Generate"/>.</param>
    /// <param name="targets">Target token ids without begin and end; the end token's probability is part of the score.</param>
    /// <param name="options">The length and coverage penalty, whether the alignment is wanted, the mode and the budgets; the rest is not used.</param>
    /// <param name="progress">Receives the number of scored targets.</param>
    /// <param name="cancellation">Ends the work between two steps.</param>
    /// <exception cref="ArgumentException">A source or target cannot be processed; the message says which.</exception>
    /// <exception cref="GenerationException">The model's logits are not finite.</exception>
    public static IReadOnlyList<Hypothesis> Score(
        IDecodable model, IReadOnlyList<int[]> sources, IReadOnlyList<int[]> targets, DecodingOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (targets.Count != sources.Count)
            throw new ArgumentException($"{targets.Count} targets were given for {sources.Count} sources.", nameof(targets));
        options = (options ?? new DecodingOptions()) with { Search = new Search.Greedy(), Best = 1, NoRepeatNGram = 0, Banned = [] };
        options.Check(model);
        var searches = new SentenceSearch[sources.Count];
        bool[] banned = TokenRules.BannedTokens(model, options);
        for (int i = 0; i < searches.Length; i++)
        {
            Generator.Check(model, sources[i], targets[i], i, "target");
            var rules = new TokenRules(model, options, banned, sources[i].Length, targets[i]) { Maximum = targets[i].Length };
            searches[i] = new BeamSearch(rules, options, new Stopping.WhenFull(), sources[i].Length, 1);
        }
        return [.. Generator.Run(model, sources, searches, options, banned, progress, cancellation).Select(found => found[0] with { Cut = false })];
    }
}
