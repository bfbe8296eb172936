using Pellucid.Tensors;

namespace Pellucid.Training.Batches;

/// <summary>A sentence and its translation as ids, without begin and end marks.</summary>
public readonly record struct TokenPair(int[] Source, int[] Target);

/// <summary>
/// Sentences of a training step as rectangles: source <c>[B, S]</c> ends with the end mark, target input <c>[B, T]</c> begins with the begin mark,
/// target output <c>[B, T]</c> is the same shifted left and ends with the end mark; padding on the right. The ids of a batch that
/// <see cref="TranslationBatches"/> made go to a later batch when a <see cref="Trainer{TBatch}"/> has used it for a step, and reading them is then an error.
/// </summary>
/// <param name="SourceLengths">For each row the tokens of the source that are not padding, the end mark included.</param>
/// <param name="TargetTokens">The entries of <paramref name="TargetOutput"/> that are not padding.</param>
/// <param name="Sentences">For each row the number of its sentence in the corpus.</param>
public sealed record TranslationBatch(Indices Source, int[] SourceLengths, Indices TargetInput, Indices TargetOutput, int TargetTokens, int[] Sentences) : IRecyclable
{
    private RentedIds? source, targetInput, targetOutput;

    /// <summary>A batch of these pairs with these marks, which may be used for any number of steps.</summary>
    public static TranslationBatch Of(IReadOnlyList<TokenPair> pairs, BatchMarks marks, int[]? sentences = null)
    {
        int[] all = [.. Enumerable.Range(0, pairs.Count)];
        return Of(pairs, all, marks, sentences ?? all) with { source = null, targetInput = null, targetOutput = null };
    }

    /// <summary>A batch of some pairs of a corpus, for one step: its memory can be recycled.</summary>
    internal static TranslationBatch Of(IReadOnlyList<TokenPair> corpus, ReadOnlySpan<int> rows, BatchMarks marks) => Of(corpus, rows, marks, rows.ToArray());

    private static TranslationBatch Of(IReadOnlyList<TokenPair> corpus, ReadOnlySpan<int> rows, BatchMarks marks, int[] sentences)
    {
        int s = 0, t = 0, tokens = 0;
        int[] lengths = new int[rows.Length];
        for (int b = 0; b < rows.Length; b++)
        {
            var pair = corpus[rows[b]];
            lengths[b] = pair.Source.Length + 1;
            s = Math.Max(s, lengths[b]);
            t = Math.Max(t, pair.Target.Length + 1);
            tokens += pair.Target.Length + 1;
        }
        var (source, input, output) = (new RentedIds(rows.Length * s), new RentedIds(rows.Length * t), new RentedIds(rows.Length * t));
        for (int b = 0; b < rows.Length; b++)
        {
            var pair = corpus[rows[b]];
            Fill(source.GetSpan().Slice(b * s, s), [], pair.Source, [marks.EndId], marks.PaddingId);
            Fill(input.GetSpan().Slice(b * t, t), [marks.BeginId], pair.Target, [], marks.PaddingId);
            Fill(output.GetSpan().Slice(b * t, t), [], pair.Target, [marks.EndId], marks.PaddingId);
        }
        Shape ofSource = [rows.Length, s], ofTarget = [rows.Length, t];
        return new TranslationBatch(Indices.Over(source.Memory, ofSource), lengths, Indices.Over(input.Memory, ofTarget), Indices.Over(output.Memory, ofTarget), tokens, sentences)
        {
            source = source,
            targetInput = input,
            targetOutput = output,
        };
    }

    void IRecyclable.Recycle()
    {
        source?.Return();
        targetInput?.Return();
        targetOutput?.Return();
    }

    private static void Fill(Span<int> row, ReadOnlySpan<int> before, int[] ids, ReadOnlySpan<int> after, int padding)
    {
        before.CopyTo(row);
        ids.CopyTo(row[before.Length..]);
        after.CopyTo(row[(before.Length + ids.Length)..]);
        row[(before.Length + ids.Length + after.Length)..].Fill(padding);
    }
}

/// <summary>The ids that mark padding, begin and end.</summary>
public readonly record struct BatchMarks(int PaddingId, int BeginId, int EndId);
