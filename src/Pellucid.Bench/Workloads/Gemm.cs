using Pellucid.Bench.Peers;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Bench.Workloads;

/// <summary>One matrix product of the op that models use. Limit: the rate of fused multiply-adds.</summary>
internal sealed class Gemm(GemmShape shape) : Workload
{
    private Tensor? _a;
    private Tensor? _b;

    public override string Bench => "gemm";

    public override string Shape => shape.ToString();

    public override string Unit => "GFLOP/s";

    public override double Amount => shape.Flops / 1e9;

    public override PeerTask Peer => new("gemm", new Dictionary<string, int>
    {
        ["m"] = shape.M, ["n"] = shape.N, ["k"] = shape.K, ["ta"] = shape.Form == GemmForm.TN ? 1 : 0, ["tb"] = shape.Form == GemmForm.NT ? 1 : 0,
    });

    public override void Prepare()
    {
        _a = Operands.Random(1, shape.Form == GemmForm.TN ? [shape.K, shape.M] : [shape.M, shape.K]);
        _b = Operands.Random(2, shape.Form == GemmForm.NT ? [shape.N, shape.K] : [shape.K, shape.N]);
    }

    public override void Run(CancellationToken cancellation)
    {
        using var recorder = Recorder.Begin(); // its pool takes the result back
        _a!.MatMul(_b!, transposeA: shape.Form == GemmForm.TN, transposeB: shape.Form == GemmForm.NT);
    }

    public override Limit? LimitOf(Peaks peaks) => new(peaks.Gflops, "FMA peak");

    public override void Dispose() => (_a, _b) = (null, null);
}
