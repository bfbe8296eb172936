using System.Text;

namespace Pellucid.Text.Corpora;

/// <summary>A pair that was left out, and where it stood: the line, counted from 1, of the TSV file or of the source file.</summary>
public sealed record DroppedPair(string File, long Line, SentencePair Pair);

/// <summary>How many pairs were left out for one reason, with the first few of them.</summary>
public sealed record DropCount(DropReason Reason, long Count, IReadOnlyList<DroppedPair> Examples);

/// <summary>What came of reading and cleaning a corpus.</summary>
/// <param name="Read">Pairs in the files.</param>
/// <param name="Kept">Pairs that are in the corpus.</param>
/// <param name="Dropped">One entry for each reason that occurred, in the order of the reasons; the counts and <paramref name="Kept"/> add up to <paramref name="Read"/>.</param>
/// <param name="ByteOrderMarks">The files that began with a byte order mark, which was left out.</param>
public sealed record CorpusStatistics(long Read, long Kept, IReadOnlyList<DropCount> Dropped, IReadOnlyList<string> ByteOrderMarks)
{
    /// <summary>One line: "115442 pairs read, 115440 kept; left out: 2 EmptySide".</summary>
    public override string ToString()
    {
        var text = new StringBuilder(FormattableString.Invariant($"{Read} pairs read, {Kept} kept"));
        if (Dropped.Count > 0)
            text.Append("; left out: ").AppendJoin(", ", Dropped.Select(drop => FormattableString.Invariant($"{drop.Count} {drop.Reason}")));
        if (ByteOrderMarks.Count > 0) text.Append("; byte order mark left out: ").AppendJoin(", ", ByteOrderMarks);
        return text.ToString();
    }
}
