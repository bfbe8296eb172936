using System.Text;

namespace Pellucid.Text.Corpora;

/// <summary>Which pairs of a parallel corpus are left out. The default leaves out pairs with an empty side and nothing else.</summary>
public sealed record CorpusCleaning
{
    /// <summary>Leave out pairs with a side that is empty or white space.</summary>
    public bool DropEmpty { get; init; } = true;

    /// <summary>The longest side that is kept, in Unicode characters; null keeps any.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>The largest ratio of the longer to the shorter side, in Unicode characters; null keeps any.</summary>
    public double? MaximumLengthRatio { get; init; }

    /// <summary>The ratio is only looked at where the longer side has more than this many Unicode characters.</summary>
    public int LengthRatioFrom { get; init; } = 20;

    /// <summary>Leave out a pair that has been seen before, both sides.</summary>
    public bool DropDuplicates { get; init; }

    /// <summary>Leave out pairs whose two sides are the same.</summary>
    public bool DropIdentical { get; init; }

    /// <summary>Remove white space at both ends of both sides before anything else.</summary>
    public bool Trim { get; init; } = true;

    /// <summary>How many examples the statistics keep for each reason.</summary>
    public int Examples { get; init; } = 3;

    /// <summary>Nothing is left out, not even empty lines, and nothing is trimmed.</summary>
    public static CorpusCleaning None { get; } = new() { DropEmpty = false, Trim = false };

    /// <summary>Why a pair is left out, or null to keep it. Reasons are asked in the order of <see cref="DropReason"/>.</summary>
    internal DropReason? Judge(SentencePair pair, HashSet<SentencePair> seen)
    {
        if (DropEmpty && (string.IsNullOrWhiteSpace(pair.Source) || string.IsNullOrWhiteSpace(pair.Target))) return DropReason.EmptySide;
        if (MaximumLength is not null || MaximumLengthRatio is not null)
        {
            var (source, target) = (Length(pair.Source), Length(pair.Target));
            var longer = Math.Max(source, target);
            if (longer > MaximumLength) return DropReason.TooLong;
            if (longer > LengthRatioFrom && longer > MaximumLengthRatio * Math.Min(source, target)) return DropReason.LengthRatio;
        }
        if (DropIdentical && pair.Source == pair.Target) return DropReason.IdenticalSides;
        if (DropDuplicates && !seen.Add(pair)) return DropReason.Duplicate;
        return null;
    }

    private static int Length(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}

/// <summary>Why a pair was left out of a corpus.</summary>
public enum DropReason
{
    /// <summary>A side is empty or white space.</summary>
    EmptySide,

    /// <summary>A side is longer than the maximum length.</summary>
    TooLong,

    /// <summary>One side is too many times longer than the other.</summary>
    LengthRatio,

    /// <summary>Both sides are the same text.</summary>
    IdenticalSides,

    /// <summary>The pair was there before.</summary>
    Duplicate,
}
