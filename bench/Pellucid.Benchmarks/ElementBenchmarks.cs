using BenchmarkDotNet.Attributes;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;

namespace Pellucid.Benchmarks;

/// <summary>The hidden layer of 2,048 tokens with F = 1,024.</summary>
public class ActivationBenchmarks : OpBenchmarks
{
    [Params("relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid")]
    public string Name { get; set; } = "";

    protected override Tensor[] Inputs() => [Some(2048, 1024)];

    protected override Tensor Apply(Tensor[] inputs) => Name switch
    {
        "relu" => inputs[0].Relu(),
        "gelu" => inputs[0].Gelu(),
        "gelu_tanh" => inputs[0].GeluTanh(),
        "silu" => inputs[0].Silu(),
        "tanh" => inputs[0].Tanh(),
        _ => inputs[0].Sigmoid(),
    };
}

public class DropoutBenchmarks : OpBenchmarks
{
    private readonly Rng _key = new Rng(3).Split("dropout");

    protected override Tensor[] Inputs() => [Some(2048, 1024)];

    protected override Tensor Apply(Tensor[] inputs) => inputs[0].Dropout(0.1f, _key);
}

public class AddBenchmarks : OpBenchmarks
{
    protected override Tensor[] Inputs() => [Some(2048, 1024), Some(2048, 1024)];

    protected override Tensor Apply(Tensor[] inputs) => inputs[0].Add(inputs[1]);
}

/// <summary>2,048 ids into V = 8,000 rows of D = 256.</summary>
public class EmbedBenchmarks : OpBenchmarks
{
    private readonly Indices _ids = Indices.From([.. Enumerable.Range(0, 2048).Select(i => i * 3 % 8000)], [2048]);

    protected override Tensor[] Inputs() => [Some(8000, 256)];

    protected override Tensor Apply(Tensor[] inputs) => inputs[0].Embed(_ids, 16);
}
