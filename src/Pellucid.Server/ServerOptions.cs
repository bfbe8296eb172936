using System.Net;
using Pellucid.Tensors;

namespace Pellucid.Server;

/// <summary>Where the server listens and what it allows; immutable, to be varied with <c>with</c>.</summary>
public sealed record ServerOptions
{
    /// <summary>The port that <c>serve</c> takes unless told otherwise.</summary>
    public const int DefaultPort = 7245;

    /// <summary>Which of the machine's addresses; only this machine reaches the loopback.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 lets the system choose a free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>A run folder whose checkpoints can be compared; null for none.</summary>
    public string? RunFolder { get; init; }

    /// <summary>In which precision the checkpoints of <see cref="RunFolder"/> multiply; null for each one's own.</summary>
    public Precision? Precision { get; init; }

    /// <summary>The most bytes of a request.</summary>
    public int LargestRequest { get; init; } = 256 * 1024;

    /// <summary>The most characters of a text to translate or explain.</summary>
    public int LongestText { get; init; } = 10_000;

    /// <summary>How long one request may compute.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests compute at once; the others wait.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>How many requests may wait for a worker; further ones are turned away.</summary>
    public int LongestQueue { get; init; } = 32;

    /// <summary>How many bytes of explanations are kept; the least recently used go first.</summary>
    public long StoreBytes { get; init; } = 512L << 20;

    /// <summary>Whether only this machine can reach the server.</summary>
    public bool IsLocal => IPAddress.IsLoopback(Address);
}
