namespace Pellucid.Text.Metrics;

/// <summary>Hypotheses and references do not fit together.</summary>
public sealed class MetricInputException : Exception
{
    private MetricInputException(string message, int hypotheses, int references, int stream)
        : base(message) => (Hypotheses, References, Stream) = (hypotheses, references, stream);

    /// <summary>The number of hypotheses given.</summary>
    public int Hypotheses { get; }

    /// <summary>The number of references in stream <see cref="Stream"/>.</summary>
    public int References { get; }

    /// <summary>The stream of references that does not fit, counted from 0; -1 when no single stream is at fault.</summary>
    public int Stream { get; }

    internal static void Check(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        CheckReferences(references.Count, hypotheses.Count);
        for (var r = 0; r < references.Count; r++)
        {
            if (references[r].Count == hypotheses.Count) continue;
            throw new MetricInputException(
                $"There are {hypotheses.Count} hypotheses but {references[r].Count} references in stream {r + 1} of {references.Count}. "
                + "A score compares segment by segment, so the counts must be equal; look for a lost or split line, "
                + "and for streams given as one list per segment instead of one list per reference.",
                hypotheses.Count, references[r].Count, r);
        }

        if (hypotheses.Count == 0)
        {
            throw new MetricInputException(
                "There are 0 hypotheses, and a score of nothing is not defined; is the input file empty?", 0, 0, -1);
        }
    }

    internal static void CheckReferences(int count, int hypotheses)
    {
        if (count > 0) return;
        throw new MetricInputException(
            $"There are {hypotheses} hypotheses but no reference to compare with; give at least one.", hypotheses, 0, -1);
    }
}
