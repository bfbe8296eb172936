using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Benchmarks;

public class MatMulBenchmarks : OpBenchmarks
{
    [Params("1024x1024x1024", "2048x256x256", "128x16x16")]
    public string MNK { get; set; } = "";

    [Params(false, true)]
    public bool TransposeB { get; set; }

    protected override Tensor[] Inputs()
    {
        int[] n = [.. MNK.Split('x').Select(int.Parse)];
        return [Some(n[0], n[2]), TransposeB ? Some(n[1], n[2]) : Some(n[2], n[1])];
    }

    protected override Tensor Apply(Tensor[] inputs) => inputs[0].MatMul(inputs[1], transposeB: TransposeB);
}
