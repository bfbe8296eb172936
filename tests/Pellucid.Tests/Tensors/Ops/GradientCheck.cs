using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors.Ops;

/// <summary>
/// Checks one op twice: its float output against the double-precision twin, and its derivative against central differences of that twin,
/// <c>(f(x + h) - f(x - h)) / 2h</c>, for every element of every input.
/// </summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;

    internal static void Verify(Func<Tensor[], Tensor> apply, params Tensor[] inputs) => Verify(apply, 2e-5, inputs);

    internal static void Verify(Func<Tensor[], Tensor> apply, double tolerance, params Tensor[] inputs)
    {
        var seen = new LastOp();
        using var recorder = Recorder.Begin(gradients: true, seen);
        foreach (var input in inputs)
            recorder.Watch(input);
        var output = apply(inputs);
        Assert.Equal(1, seen.Count);
        var upstream = Some.Tensor(output.Shape, seed: 99);
        var twins = inputs.Select(Twin.Of).ToArray();

        Close(Twin.Of(output).Values, seen.Op!.Reference(twins).Values, tolerance, "output");
        recorder.Backward(output, upstream);
        for (int i = 0; i < inputs.Length; i++)
            Close(Twin.Of(recorder.GradientOf(inputs[i])).Values, CentralDifferences(seen.Op, twins, i, upstream), tolerance, $"gradient of input {i}");
        TwoUsesAddUp(apply, inputs, upstream, [.. inputs.Select(recorder.GradientOf)], tolerance);
    }

    /// <summary>The second use of an input adds its gradient to the first's instead of replacing it.</summary>
    private static void TwoUsesAddUp(Func<Tensor[], Tensor> apply, Tensor[] inputs, Tensor upstream, Tensor[] once, double tolerance)
    {
        using var recorder = Recorder.Begin(gradients: true);
        foreach (var input in inputs)
            recorder.Watch(input);
        recorder.Backward(apply(inputs).Add(apply(inputs)), upstream);
        for (int i = 0; i < inputs.Length; i++)
            Close(Twin.Of(recorder.GradientOf(inputs[i])).Values, [.. once[i].ToArray().Select(g => 2.0 * g)], tolerance, $"gradient of input {i}, used twice");
    }

    private static double[] CentralDifferences(Op op, Twin[] inputs, int which, Tensor upstream)
    {
        double[] x = inputs[which].Values;
        double[] gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double at = x[i];
            x[i] = at + Step;
            double above = Weighted(op.Reference(inputs), upstream);
            x[i] = at - Step;
            double below = Weighted(op.Reference(inputs), upstream);
            x[i] = at;
            gradient[i] = (above - below) / (2 * Step);
        }
        return gradient;
    }

    private static double Weighted(Twin output, Tensor upstream)
    {
        double sum = 0;
        for (int i = 0; i < output.Values.Length; i++)
            sum += output.Values[i] * upstream.Values[i];
        return sum;
    }

    internal static void Close(double[] actual, double[] expected, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Length == 0 ? 1 : Math.Max(expected.Max(Math.Abs), 1e-3);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= tolerance * scale, $"{what}[{i}]: got {actual[i]:R}, expected {expected[i]:R} (largest {scale:G3}).");
    }

    private sealed class LastOp : IRecorderObserver
    {
        internal Op? Op { get; private set; }
        internal int Count { get; private set; }

        public void After(Recorder recorder, Op op, ReadOnlySpan<Tensor> inputs, Tensor output)
        {
            Op = op;
            Count++;
        }
    }
}
