namespace Pellucid.Bench.Peers;

/// <summary>Work that another library is asked for: what it is and its sizes, by the names that the peer's script knows.</summary>
internal sealed record PeerTask(string Kind, IReadOnlyDictionary<string, int> Sizes)
{
    /// <summary>Whose work it is: no other peer is asked.</summary>
    public string Library { get; init; } = "PyTorch";

    /// <summary>The names of files.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a peer measured: seconds per run, and the most bytes its process held (0 where it cannot tell).</summary>
internal readonly record struct PeerTime(double Seconds, long PeakBytes);

/// <summary>A peer is not installed, or failed; the message says what to do.</summary>
internal sealed class PeerException(string message) : Exception(message);
