using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Bench.Workloads;

/// <summary>
/// A few rows times a weight that was packed beforehand, as in decoding. There are as many weights as do not fit into any cache, and each run takes the next:
/// a step of decoding meets every weight once. Limit: the rate at which memory is read.
/// </summary>
internal sealed class PackedGemm(GemmShape shape, Precision precision) : Workload
{
    private readonly List<PackedWeight> _weights = [];
    private Tensor? _x;
    private int _next;

    public override string Bench => "gemm";

    public override string Shape => shape.ToString();

    public override string Precision => Precisions.NameOf(precision);

    public override string Unit => "GB/s";

    public override double Amount => 1.0 * shape.N * shape.K * Precisions.BytesOf(precision) / 1e9;

    public override void Prepare()
    {
        _x = Operands.Random(1, [shape.M, shape.K]);
        var weight = Operands.Random(2, [shape.N, shape.K]);
        var enough = ReadBuffer.BeyondCaches();
        for (var bytes = 0L; bytes < enough; bytes += _weights[^1].Bytes) _weights.Add(PackedWeight.Pack(weight, precision));
    }

    public override void Run(CancellationToken cancellation)
    {
        using var recorder = Recorder.Begin(); // its pool takes the result back
        _x!.Linear(_weights[_next++ % _weights.Count]);
    }

    public override Limit? LimitOf(Peaks peaks)
    {
        // From some number of rows on, the products take longer than the reading.
        var products = Precisions.ProductsOf(precision, peaks);
        var (reading, computing) = (Amount / peaks.Gigabytes, shape.Flops / 1e9 / products.Value);
        return reading >= computing ? new(peaks.Gigabytes, "memory read") : new(Amount / computing, products.Name);
    }

    public override void Dispose()
    {
        _weights.Clear();
        _x = null;
    }
}
