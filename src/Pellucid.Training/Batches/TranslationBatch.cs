using Pellucid.Tensors;

namespace Pellucid.Training.Batches;

/// <summary>A sentence and its translation as ids, without begin and end marks.</summary>
public readonly record struct TokenPair(int[] Source, int[] Target);

/// <summary>
/// Sentences of a training step as rectangles: source <c>[B, S]</c> ends with the end mark, target input <c>[B, T]</c> begins with the begin mark,
/// target output <c>[B, T]</c> is the same shifted left and ends with the end mark; padding on the right.
/// </summary>
/// <param name="SourceLengths">For each row the tokens of the source that are not padding, the end mark included.</param>
/// <param name="TargetTokens">The entries of <paramref name="TargetOutput"/> that are not padding.</param>
/// <param name="Sentences">For each row the number of its sentence in the corpus.</param>
public sealed record TranslationBatch(Indices Source, int[] SourceLengths, Indices TargetInput, Indices TargetOutput, int TargetTokens, int[] Sentences)
{
    /// <summary>A batch of these pairs with these marks.</summary>
    public static TranslationBatch Of(IReadOnlyList<TokenPair> pairs, BatchMarks marks, int[]? sentences = null) => new(
        Indices.Padded([.. pairs.Select(pair => (int[])[.. pair.Source, marks.EndId])], marks.PaddingId),
        [.. pairs.Select(pair => pair.Source.Length + 1)],
        Indices.Padded([.. pairs.Select(pair => (int[])[marks.BeginId, .. pair.Target])], marks.PaddingId),
        Indices.Padded([.. pairs.Select(pair => (int[])[.. pair.Target, marks.EndId])], marks.PaddingId),
        pairs.Sum(pair => pair.Target.Length + 1),
        sentences ?? [.. Enumerable.Range(0, pairs.Count)]);
}

/// <summary>The ids that mark padding, begin and end.</summary>
public readonly record struct BatchMarks(int PaddingId, int BeginId, int EndId);
