using System.Runtime.InteropServices;
using Pellucid.Explain.Traces;
using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;

namespace Pellucid.Explain.Learning;

/// <summary>
/// One step of the real optimizer on every weight that a gradient has reached, as operations of a trace. m, v and the new weight are the optimizer's own numbers. It folds the bias corrections
/// into two constants of the step, as PyTorch does, so m̂, v̂ and the step exist in none of its registers: they follow from its m and v by their formulas, whenever somebody asks.
/// </summary>
internal sealed class AdamRecording
{
    private readonly TracePattern capture;
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly IReadOnlyList<AdamMoments> moments;
    private readonly AdamUpdate update;
    private readonly float scale;
    private readonly Before[] before;
    private readonly List<TraceOp> ops = [];
    private readonly List<TraceTensor> tensors = [];

    /// <summary>Before the step: keeps the moments as they are. Those that are all zero are not kept.</summary>
    /// <param name="capture">Which tensors keep their values.</param>
    /// <param name="parameters">By their checkpoint keys.</param>
    /// <param name="moments">As many, in their order.</param>
    /// <param name="update">The step.</param>
    /// <param name="scale">What clipping multiplies the gradients by.</param>
    internal AdamRecording(TracePattern capture, IReadOnlyList<(string Name, Parameter Parameter)> parameters, IReadOnlyList<AdamMoments> moments, AdamUpdate update, double scale)
    {
        (this.capture, this.parameters, this.moments, this.update, this.scale) = (capture, parameters, moments, update, (float)scale);
        before = [.. parameters.Select((entry, i) => new Before(
            Copy(FirstBefore + entry.Name, moments[i].First.Values), Copy(SecondBefore + entry.Name, moments[i].Second.Values),
            Decay != 0 && Wanted(AdamGradient + entry.Name) && !Wanted(entry.Name) ? entry.Parameter.ToArray() : null))];
    }

    private const string FirstBefore = "first_before:", SecondBefore = "second_before:", AdamGradient = "adam_gradient:";

    /// <summary>What the step changes. The weight only where the trace itself does not keep it, and needs it.</summary>
    private readonly record struct Before(float[]? First, float[]? Second, float[]? Weight);

    private float Decay => update.DecoupledDecay ? 0 : (float)update.WeightDecay;

    /// <summary>After the step, the gradients still there: the trace with the operations that made it.</summary>
    internal Trace Finish(Trace trace)
    {
        for (int i = 0; i < parameters.Count; i++)
            if (parameters[i].Parameter is { HasGradient: true, Trainable: true } parameter && trace.Find(parameters[i].Name) is { } weight)
                Add(trace, weight, parameter, before[i], moments[i]);
        return trace with { Ops = [.. trace.Ops, .. ops], Tensors = [.. trace.Tensors, .. tensors] };
    }

    private void Add(Trace trace, TraceTensor like, Parameter parameter, Before before, AdamMoments moments)
    {
        string name = like.Name, gradient = AdamGradient + name, first = "first:" + name, second = "second:" + name, step = "step:" + name;
        string firstCorrected = "first_corrected:" + name, secondCorrected = "second_corrected:" + name;
        double shrink = update.DecoupledDecay ? (double)(float)update.LearningRate * (float)update.WeightDecay : 0;
        var (beta1, beta2, rate, epsilon) = ((float)update.Beta1, (float)update.Beta2, (float)update.LearningRate, (float)update.Epsilon);
        var (correction1, correction2) = (1 - Math.Pow(update.Beta1, update.Step), 1 - Math.Pow(update.Beta2, update.Step));
        float[] m = Wanted(first, firstCorrected, step) ? moments.First.ToArray() : [], v = Wanted(second, secondCorrected, step) ? moments.Second.ToArray() : [];

        Keep(FirstBefore + name, like, before.First, TensorOrigin.State, () => DerivedValues.Zeros(parameter.Count));
        Keep(SecondBefore + name, like, before.Second, TensorOrigin.State, () => DerivedValues.Zeros(parameter.Count));
        Put(LearningKinds.AdamGradient, gradient, like, null, () => Gradient(trace, name, parameter, before.Weight), [new("gradient", GradientLedger.Name(name)), new("weight", name)], ("scale", scale), ("decay", Decay));
        Put(LearningKinds.AdamFirst, first, like, m, null, [new("gradient", gradient), new("before", FirstBefore + name)], ("beta", beta1));
        Put(LearningKinds.AdamSecond, second, like, v, null, [new("gradient", gradient), new("before", SecondBefore + name)], ("beta", beta2));
        Put(LearningKinds.AdamCorrected, firstCorrected, like, null, () => Corrected(m, correction1), [new("x", first)], ("beta", update.Beta1), ("step", update.Step));
        Put(LearningKinds.AdamCorrected, secondCorrected, like, null, () => Corrected(v, correction2), [new("x", second)], ("beta", update.Beta2), ("step", update.Step));
        Put(LearningKinds.AdamStep, step, like, null, () => Step(m, v, correction1, correction2, rate, epsilon),
            [new("first", firstCorrected), new("second", secondCorrected)], ("rate", rate), ("epsilon", epsilon));
        string updated = "updated:" + name;
        Put(LearningKinds.AdamWeight, updated, like, Wanted(updated) ? parameter.ToArray() : null, null, [new("weight", name), new("step", step)], ("shrink", shrink));
    }

    /// <summary>As the kernel does: scale · g + decay · w.</summary>
    private DerivedValues Gradient(Trace trace, string name, Parameter parameter, float[]? weight)
    {
        var (decay, factor) = (Decay, scale);
        float[] g = ValuesOf(trace, GradientLedger.Name(name)) ?? parameter.Gradient.ToArray(), w = decay == 0 ? [] : weight ?? ValuesOf(trace, name)!;
        return new DerivedValues(g.Length, values =>
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = MathF.FusedMultiplyAdd(decay, w.Length == 0 ? 0 : w[i], g[i] * factor);
        }, g, w);
    }

    private static DerivedValues Corrected(float[] moment, double correction) => new(moment.Length, values =>
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(moment[i] / correction);
    }, moment);

    private static DerivedValues Step(float[] m, float[] v, double correction1, double correction2, float rate, float epsilon) => new(m.Length, values =>
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(-rate * (double)(float)(m[i] / correction1) / (Math.Sqrt((float)(v[i] / correction2)) + epsilon));
    }, m, v);

    private static float[]? ValuesOf(Trace trace, string name) => trace.Find(name) is { IsCaptured: true } tensor ? tensor.Values : null;

    private float[]? Copy(string name, ReadOnlySpan<float> values) =>
        Wanted(name) && MemoryMarshal.Cast<float, int>(values).ContainsAnyExcept(0) ? values.ToArray() : null;

    private bool Wanted(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (capture.Captures(name))
                return true;
        return false;
    }

    private void Put(string kind, string output, TraceTensor like, float[]? values, Func<DerivedValues>? derived, TraceInput[] inputs, params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        ops.Add(new TraceOp(kind, output, inputs, Recorded.Numbers(numbers)));
        Keep(output, like, values, TensorOrigin.Computed, derived);
    }

    private void Keep(string name, TraceTensor like, float[]? values, TensorOrigin origin, Func<DerivedValues>? derived)
    {
        var tensor = new TraceTensor(name, like.Axes, like.Shape, origin, null);
        tensors.Add(!Wanted(name) ? tensor : values is null ? tensor with { Derived = derived!() } : tensor with { Values = values });
    }
}
