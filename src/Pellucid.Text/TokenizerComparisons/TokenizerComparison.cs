using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerComparisons;

/// <summary>A line that two tokenizers cut at different places.</summary>
/// <param name="Line">The number of the line, from 1.</param>
/// <param name="Text">The line.</param>
/// <param name="First">The pieces of the one.</param>
/// <param name="Second">The pieces of the other.</param>
public sealed record TokenizerDifference(long Line, string Text, IReadOnlyList<string> First, IReadOnlyList<string> Second);

/// <summary>Two tokenizers on the same text.</summary>
public sealed record TokenizerComparison
{
    public required TokenizerCounts First { get; init; }
    public required TokenizerCounts Second { get; init; }

    /// <summary>Lines that both cut at the same places.</summary>
    public long SameLines { get; init; }

    /// <summary>Pieces, spelled alike, that both vocabularies have.</summary>
    public int SharedPieces { get; init; }

    /// <summary>The first lines that they cut differently.</summary>
    public IReadOnlyList<TokenizerDifference> Differences { get; init; } = [];

    /// <summary>What one tokenizer makes of lines.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TokenizerCounts Count(Tokenizer tokenizer, IEnumerable<string> lines, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(lines);
        var counts = new TokenizerCounts();
        foreach (var line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            counts = counts.With(line, tokenizer.Encode(line), tokenizer);
        }
        return counts;
    }

    /// <summary>Encodes every line with both, in one pass.</summary>
    /// <param name="first">The one.</param>
    /// <param name="second">The other.</param>
    /// <param name="lines">The text.</param>
    /// <param name="mostDifferences">So many differing lines are kept.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TokenizerComparison Compare(Tokenizer first, Tokenizer second, IEnumerable<string> lines, int mostDifferences, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(lines);
        var (one, other) = (new TokenizerCounts(), new TokenizerCounts());
        var same = 0L;
        var differences = new List<TokenizerDifference>();
        foreach (var line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            var (a, b) = (first.Encode(line), second.Encode(line));
            one = one.With(line, a, first);
            other = other.With(line, b, second);
            if (Cuts(line, a).SequenceEqual(Cuts(line, b))) same++;
            else if (differences.Count < mostDifferences) differences.Add(new(one.Lines, line, a.Pieces, b.Pieces));
        }
        return new()
        {
            First = one, Second = other, SameLines = same, Differences = differences,
            SharedPieces = first.Vocabulary.Pieces.OfType<string>().Count(piece => second.Vocabulary.TryGetId(piece, out _)),
        };
    }

    /// <summary>Where a token's text begins, without the space that may stand before it: one cut, whichever side keeps the space.</summary>
    private static IEnumerable<int> Cuts(string line, TokenEncoding encoding)
    {
        var last = -1;
        foreach (var span in encoding.Offsets)
        {
            var start = span.Start;
            while (start < span.End && char.IsWhiteSpace(line[start])) start++;
            if (start < span.End && start != last) yield return last = start;
        }
    }
}
