using System.Globalization;
using Pellucid.Bench.Peers;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// Attention of B sentences with T = S positions, D = 512 in H = 8 heads, unmasked; forward, or forward and backward.
/// Limit: the rate of fused multiply-adds, over 4 B T S D FLOP forward (two products) and 8 B T S D backward (four).
/// </summary>
internal sealed class AttentionPass(int batch, int length, bool backward) : Workload
{
    private const int Heads = 8;
    private const int Width = 512;
    private const int TokensPerBatch = 2048;
    private const int Longest = 1 << 16;
    private const long LargestPeerMatrix = 1L << 28; // B H T S elements; the peer holds several

    private Tensor[] _inputs = [];
    private Tensor? _upstream;

    public override string Bench => "attention";

    public override string Shape => string.Create(CultureInfo.InvariantCulture, $"{batch}x{length}:{(backward ? "both" : "forward")}");

    public override string Unit => "GFLOP/s";

    public override double Amount => (backward ? 12.0 : 4.0) * batch * length * length * Width / 1e9;

    public override int Repeats => 7;

    public override bool WatchesMemory => true;

    public override PeerTask? Peer => 1L * batch * Heads * length * length > LargestPeerMatrix ? null : new("attention", new Dictionary<string, int>
    {
        ["batch"] = batch, ["length"] = length, ["width"] = Width, ["heads"] = Heads, ["backward"] = backward ? 1 : 0,
    });

    /// <summary><c>T</c> or <c>BxT</c>, with <c>:forward</c> or <c>:both</c>; without B a batch of 2,048 tokens, without an end both passes are measured.</summary>
    /// <exception cref="FormatException">The text is no such shape; the message says what one looks like.</exception>
    public static IReadOnlyList<AttentionPass> Parse(string text)
    {
        var parts = text.Split(':');
        var lengths = parts[0].Split('x');
        var (b, t) = (0, 0);
        var good = parts.Length <= 2 && lengths.Length <= 2 && Number(lengths[^1], out t) && t <= Longest && (lengths.Length == 1 || Number(lengths[0], out b));
        if (b == 0) b = Math.Max(1, TokensPerBatch / Math.Max(1, t));
        good &= 1L * b * t <= 1 << 20;
        switch (good ? parts.ElementAtOrDefault(1) ?? "" : "bad")
        {
            case "": return [new(b, t, false), new(b, t, true)];
            case "forward": return [new(b, t, false)];
            case "both": return [new(b, t, true)];
            default: throw new FormatException($"'{text}' is no attention; it is written T or BxT, B T of at most 2^20 positions, and may end in :forward or :both: 1x8192:both");
        }

        static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
    }

    public override void Prepare()
    {
        Shape shape = [batch, length, Heads, Width / Heads];
        _inputs = [Operands.Random(1, shape), Operands.Random(2, shape), Operands.Random(3, shape)];
        _upstream = Operands.Random(4, shape);
    }

    public override void Run(CancellationToken cancellation)
    {
        using var recorder = Recorder.Begin(gradients: backward);
        if (!backward)
        {
            _inputs[0].Attention(_inputs[1], _inputs[2], AttentionMask.None);
            return;
        }
        foreach (var input in _inputs) recorder.Watch(input);
        recorder.Backward(_inputs[0].Attention(_inputs[1], _inputs[2], AttentionMask.None), _upstream!);
    }

    public override Limit? LimitOf(Peaks peaks) => new(peaks.Gflops, "FMA peak");

    public override IEnumerable<Figure> Figures(Costs costs) =>
        costs.Memory is { } memory ? [new("growth_bytes", memory.Growth, $"{Amounts.Bytes(memory.Growth)} for operands and work")] : [];

    public override void Dispose() => (_inputs, _upstream) = ([], null);
}
