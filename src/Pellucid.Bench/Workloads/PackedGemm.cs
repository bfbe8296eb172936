using Pellucid.Tensors.Kernels;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// A few rows times a weight that was packed beforehand, as in decoding. There are as many weights as do not fit into any cache, and each run takes the next:
/// a step of decoding meets every weight once. Limit: the rate at which memory is read.
/// </summary>
internal sealed class PackedGemm(GemmShape shape) : Workload
{
    private readonly List<PackedMatrix> _weights = [];
    private float[] _a = [];
    private float[] _c = [];
    private int _next;

    public override string Bench => "gemm";

    public override string Shape => shape.ToString();

    public override string Unit => "GB/s";

    public override double Amount => 1.0 * shape.N * shape.K * sizeof(float) / 1e9;

    public override void Prepare()
    {
        _a = Operands.Values(1, shape.M * shape.K);
        _c = new float[shape.M * shape.N];
        var weight = Operands.Values(2, shape.N * shape.K);
        var enough = 4 * ReadBuffer.LastLevelCacheBytes();
        for (var bytes = 0L; bytes < enough; bytes += 4L * weight.Length) _weights.Add(PackedMatrix.Pack(Transpose.Yes, shape.K, shape.N, weight, shape.K));
    }

    public override void Run(CancellationToken cancellation) =>
        MatMul.Multiply(shape.M, _a, shape.K, _weights[_next++ % _weights.Count], _c, shape.N, accumulate: false);

    public override Limit LimitOf(Peaks peaks) =>
        // From some number of rows on, the multiply-adds take longer than the reading.
        peaks.Gflops / shape.Flops * 1e9 < peaks.Gigabytes / Amount ? new(peaks.Gflops * Amount / (shape.Flops / 1e9), "FMA peak") : new(peaks.Gigabytes, "memory read");

    public override void Dispose() => _weights.Clear();
}
