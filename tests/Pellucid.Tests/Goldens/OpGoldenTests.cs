using System.Text.Json;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Goldens;

/// <summary>Every op's value and gradients against PyTorch (make_ops.py), to 1e-5 of the largest element.</summary>
public sealed class OpGoldenTests(ITestOutputHelper output)
{
    public static TheoryData<string> Cases()
    {
        using var golden = GoldenFile.Open("ops");
        return [.. golden.Keys.Where(key => key.EndsWith(".output", StringComparison.Ordinal)).Select(key => key[..^".output".Length]).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheOpAgreesWithPyTorch(string name)
    {
        using var golden = GoldenFile.Open("ops");
        var inputs = golden.Under($"{name}.grad.").ToDictionary(key => key, key => golden.Parameter($"{name}.input.{key}"));
        var agreement = new Agreement(1e-5);

        using var recorder = Recorder.Begin(gradients: true);
        var y = Run(golden, name, golden.Settings(name), inputs);
        recorder.Backward(y, golden.Tensor($"{name}.upstream"));

        agreement.Check("value", golden.ShapeOf($"{name}.output"), golden.Floats($"{name}.output"), y);
        foreach (var (key, parameter) in inputs)
            agreement.Check($"gradient of {key}", parameter.Shape, golden.Floats($"{name}.grad.{key}"), parameter.Gradient);
        output.WriteLine(agreement.ToString());
        agreement.MustHold();
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("attention_padding")]
    [InlineData("attention_causal")]
    [InlineData("attention_causal_cached")]
    [InlineData("attention_combined")]
    [InlineData("attention_combined_cached")]
    public void AttentionHandsOutTheScoresAndWeightsThatPyTorchComputes(string name)
    {
        using var golden = GoldenFile.Open("ops");
        var mask = Mask(golden, name, golden.Settings(name));
        var seen = new Intermediates();
        using (Recorder.Begin(gradients: false, seen))
            golden.Tensor($"{name}.input.query").Attention(golden.Tensor($"{name}.input.key"), golden.Tensor($"{name}.input.value"), mask);

        var agreement = new Agreement(1e-5);
        var shape = golden.ShapeOf($"{name}.weights");
        float[] scores = golden.Floats($"{name}.scores"), masked = (float[])scores.Clone();
        for (int at = 0; at < shape.Count; at++)
        {
            int s = at % shape[3], t = at / shape[3] % shape[2], b = at / shape.Product(1, 4);
            if (!mask.Sees(b, t, s, shape[2], shape[3]))
            {
                Assert.Equal(float.NegativeInfinity, seen.Values["masked"][at]);
                scores[at] = seen.Values["scaled"][at] = masked[at] = seen.Values["masked"][at] = 0;
            }
        }
        agreement.Check("scaled scores", scores, seen.Values["scaled"]);
        agreement.Check("masked scores", masked, seen.Values["masked"]);
        agreement.Check("weights", golden.Floats($"{name}.weights"), seen.Values["weights"]);
        output.WriteLine(agreement.ToString());
        agreement.MustHold();
    }

    private static AttentionMask Mask(GoldenFile golden, string name, JsonElement settings) => new()
    {
        Causal = settings.GetProperty("causal").GetBoolean(),
        KeyLengths = settings.GetProperty("padding").GetBoolean() ? golden.Integers($"{name}.input.lengths") : null,
    };

    private sealed class Intermediates : IRecorderObserver
    {
        public Dictionary<string, float[]> Values { get; } = [];

        public bool WantsIntermediates => true;

        public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            foreach (var (name, value) in op.Intermediates)
                Values.Add(name, value.ToArray());
        }
    }

    private static Tensor Run(GoldenFile golden, string name, JsonElement settings, Dictionary<string, Parameter> inputs)
    {
        Tensor Input(string key) => inputs[key];
        Indices Ids(string key) => golden.Indices($"{name}.input.{key}");
        bool Flag(string key) => settings.GetProperty(key).GetBoolean();
        int Number(string key) => settings.GetProperty(key).GetInt32();
        int[] Numbers(string key) => [.. settings.GetProperty(key).EnumerateArray().Select(item => item.GetInt32())];

        return settings.GetProperty("op").GetString() switch
        {
            "matmul" => Input("a").MatMul(Input("b"), Flag("transpose_a"), Flag("transpose_b")),
            "linear" => Input("x").Linear(Input("weight"), inputs.GetValueOrDefault("bias")),
            "embedding" => Input("weight").Embed(Ids("ids"), settings.TryGetProperty("scale", out _) ? MathF.Sqrt(Input("weight").Shape[1]) : 1),
            "layer_norm" => Input("x").LayerNorm(Input("weight"), Input("bias"), settings.GetProperty("epsilon").GetSingle()),
            "add_layer_norm" => Input("x").AddLayerNorm(Input("added"), Input("weight"), Input("bias"), settings.GetProperty("epsilon").GetSingle()),
            "linear_relu" => Input("x").LinearActivation(Input("weight"), Input("bias"), ActivationFunction.Relu),
            "linear_gelu" => Input("x").LinearActivation(Input("weight"), Input("bias"), ActivationFunction.Gelu),
            "linear_gelu_tanh" => Input("x").LinearActivation(Input("weight"), Input("bias"), ActivationFunction.GeluTanh),
            "linear_silu" => Input("x").LinearActivation(Input("weight"), Input("bias"), ActivationFunction.Silu),
            "embed_positions" => Input("weight").Embed(Ids("ids"), MathF.Sqrt(Input("weight").Shape[1]), Input("positions")),
            "softmax" => Input("x").Softmax(),
            "log_softmax" => Input("x").LogSoftmax(),
            "cross_entropy" => Input("logits").CrossEntropy(Ids("targets"), settings.GetProperty("label_smoothing").GetSingle(), Number("ignored")),
            "relu" => Input("x").Relu(),
            "gelu" => Input("x").Gelu(),
            "gelu_tanh" => Input("x").GeluTanh(),
            "silu" => Input("x").Silu(),
            "tanh" => Input("x").Tanh(),
            "sigmoid" => Input("x").Sigmoid(),
            "add" => Input("a").Add(Input("b")),
            "subtract" => Input("a").Subtract(Input("b")),
            "multiply" => Input("a").Multiply(Input("b")),
            "sum" => Input("x").Sum(Number("axis")).Reshape(golden.ShapeOf($"{name}.output")),
            "mean" => Input("x").Mean(Number("axis")).Reshape(golden.ShapeOf($"{name}.output")),
            "max" => Input("x").Max(Number("axis")).Reshape(golden.ShapeOf($"{name}.output")),
            "reshape" => Input("x").Reshape(Shape.Of(Numbers("shape"))),
            "transpose" => Input("x").Transpose(Numbers("order")),
            "concat" => TensorOps.Concat(Number("axis"), Input("a"), Input("b")),
            "slice" => Input("x").Slice(Number("axis"), Number("start"), Number("length")),
            "attention" => Input("query").Attention(Input("key"), Input("value"), Mask(golden, name, settings)),
            var op => throw new InvalidOperationException($"the golden file has an op this test does not know: {op}"),
        };
    }
}
