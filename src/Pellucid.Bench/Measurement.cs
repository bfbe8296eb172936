namespace Pellucid.Bench;

/// <summary>A further figure of a measurement: its key and value for programs, its text for people.</summary>
internal sealed record Figure(string Name, double Value, string Text);

/// <summary>What a peer reached at the same work, alternately in the same call.</summary>
/// <param name="PeakBytes">The most that its process held; 0 where it cannot tell.</param>
internal sealed record PeerValue(string Name, Sample Value, Sample Seconds, long PeakBytes);

/// <summary>One figure beside its limit, both of the same run.</summary>
internal sealed record Measurement
{
    public required string Bench { get; init; }
    public required string Shape { get; init; }
    public required int Threads { get; init; }

    /// <summary>What the numbers are stored in: f32, bf16, int8.</summary>
    public required string Precision { get; init; }

    public required Sample Value { get; init; }
    public required string Unit { get; init; }

    /// <summary>Of one run; null for a limit, which has no runs.</summary>
    public Sample? Seconds { get; init; }

    /// <summary>The most that the machine allows, in the same unit; null for what is itself a limit.</summary>
    public double? Limit { get; init; }

    /// <summary>What the limit is made of, in words; null without one.</summary>
    public string? LimitName { get; init; }

    /// <summary>value / limit.</summary>
    public double? Share => Value.Median / Limit;

    public PeerValue? Peer { get; init; }

    /// <summary>How many times the peer's value: above 1 is faster than the peer.</summary>
    public double? Ratio => Value.Median / Peer?.Value.Median;

    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Where the time of a run goes; empty unless asked for.</summary>
    public IReadOnlyList<ProfilePart> Profile { get; init; } = [];
}
