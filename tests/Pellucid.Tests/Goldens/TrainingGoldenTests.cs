using System.Text.Json;
using Pellucid.Models.Positions;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;
using Pellucid.Training;
using Pellucid.Training.Optimizers;
using Pellucid.Training.Schedules;

namespace Pellucid.Tests.Goldens;

/// <summary>Optimizers, the norm that clipping uses, learning rates and positions against make_training.py and make_models.py.</summary>
public sealed class TrainingGoldenTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void ThreeStepsLeadWherePyTorchsLead(string name)
    {
        using var golden = GoldenFile.Open("optimizers");
        var settings = golden.Settings(name);
        double Number(string key) => settings.GetProperty(key).GetDouble();
        OptimizerOptions options = name == "adam" ? new Adam() : new AdamW();
        var parameter = golden.Parameter($"{name}.start");
        var optimizer = (options with
        {
            Beta1 = Number("beta1"), Beta2 = Number("beta2"), Epsilon = Number("epsilon"), WeightDecay = Number("weight_decay"),
        }).Create([("weight", parameter)]);

        // The moves are compared, not the weights, whose size would hide an error in them.
        var agreement = new Agreement(1e-5);
        float[] start = parameter.ToArray();
        for (int step = 1; step <= 3; step++)
        {
            GiveGradient(parameter, golden.Tensor($"{name}.gradient.{step}"));
            optimizer.Step(Number("learning_rate"));
            float[] expected = golden.Floats($"{name}.after.{step}");
            agreement.Check($"weights after step {step}", expected, parameter.Values);
            var moves = new Agreement(5e-5);
            moves.Check($"moves up to step {step}", Less(expected, start), Less(parameter.ToArray(), start));
            output.WriteLine(moves.ToString());
            moves.MustHold();
        }
        output.WriteLine(agreement.ToString());
        agreement.MustHold();
    }

    [Fact]
    public void ClippingByTheGlobalNormIsPyTorchs()
    {
        using var golden = GoldenFile.Open("optimizers");
        string[] keys = [.. golden.Under("clip.gradient.")];
        Parameter[] parameters = Array.ConvertAll(keys, key =>
        {
            var parameter = Parameter.From(new float[golden.ShapeOf($"clip.gradient.{key}").Count], golden.ShapeOf($"clip.gradient.{key}"));
            GiveGradient(parameter, golden.Tensor($"clip.gradient.{key}"));
            return parameter;
        });
        double expected = golden.Floats("clip.norm")[0];
        double norm = Gradients.Norm(parameters);
        Assert.Equal(expected, norm, expected * 1e-6);

        float scale = (float)StepRunner<int>.Clip(norm, golden.Settings("clip").GetProperty("maximum_norm").GetDouble());
        var agreement = new Agreement(1e-6);
        foreach (var (key, parameter) in keys.Zip(parameters))
            agreement.Check($"clipped gradient of {key}", golden.Floats($"clip.clipped.{key}"), Array.ConvertAll(parameter.Gradient.ToArray(), g => g * scale));
        agreement.MustHold();
    }

    [Fact]
    public void LearningRatesFollowTheirFormulas()
    {
        var golden = JsonElement.Parse(File.ReadAllBytes(GoldenFile.PathOf("schedules.json")));
        int[] steps = [.. golden.GetProperty("steps").EnumerateArray().Select(step => step.GetInt32())];
        foreach (string name in new[] { "noam", "inverse_sqrt", "cosine", "constant" })
        {
            var schedule = Schedule(name, golden.GetProperty(name).GetProperty("settings"));
            double[] expected = [.. golden.GetProperty(name).GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
            for (int i = 0; i < steps.Length; i++)
                Assert.True(Math.Abs(schedule.At(steps[i]) - expected[i]) <= 1e-12 * expected[i], $"{name}, step {steps[i]}: {schedule.At(steps[i])}, wanted {expected[i]}");
        }
    }

    [Theory]
    [InlineData("interleaved", SinusoidLayout.Interleaved)]
    [InlineData("concatenated", SinusoidLayout.Concatenated)]
    public void SinusoidalPositionsFollowThePaper(string key, SinusoidLayout layout)
    {
        using var golden = GoldenFile.Open("positions");
        var shape = golden.ShapeOf(key);
        var agreement = new Agreement(1e-7);
        agreement.Check(key, shape, golden.Floats(key), SinusoidalPositions.Table(0, shape[0], shape[1], layout));
        agreement.MustHold();
    }

    private static LearningRateSchedule Schedule(string name, JsonElement settings)
    {
        double Number(string key) => settings.GetProperty(key).GetDouble();
        int warmUp = settings.GetProperty("warmup").GetInt32();
        return name switch
        {
            "noam" => new Noam(settings.GetProperty("width").GetInt32(), warmUp, Number("factor")),
            "inverse_sqrt" => new InverseSquareRoot(Number("lr"), warmUp),
            "cosine" => new Cosine(Number("lr"), warmUp, settings.GetProperty("steps").GetInt64(), Number("minimum")),
            "constant" => new Constant(Number("lr"), warmUp),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "unknown schedule"),
        };
    }

    private static void GiveGradient(Parameter parameter, Tensor gradient)
    {
        parameter.ClearGradient();
        using var recorder = Recorder.Begin(gradients: true);
        recorder.Backward(parameter.Scale(1), gradient);
    }

    private static float[] Less(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
