using Pellucid.Explain.Traces;
using Pellucid.Tensors;
using Pellucid.Tensors.Optimization;

namespace Pellucid.Explain.Learning;

/// <summary>
/// One step of the real optimizer on every weight that a gradient has reached, as operations of a trace. m, v and the new weight are the optimizer's own numbers. It folds the bias corrections
/// into two constants of the step, as PyTorch does, so m̂, v̂ and the step exist in none of its registers: they are calculated here from its m and v, by their formulas.
/// </summary>
internal sealed class AdamRecording(AdamUpdate update, double scale, TracePattern capture)
{
    private readonly List<TraceOp> ops = [];
    private readonly List<TraceTensor> tensors = [];

    /// <summary>Changes the parameters and gives the trace the operations that did.</summary>
    internal Trace Apply(Trace trace, IReadOnlyList<(string Name, Parameter Parameter)> parameters, IReadOnlyDictionary<string, (float[] First, float[] Second)>? state)
    {
        AdamMoments[] moments = [.. parameters.Select(entry => new AdamMoments(entry.Parameter))];
        for (int i = 0; i < moments.Length; i++)
            if (state is not null)
                moments[i].Assign(
                    state.TryGetValue(parameters[i].Name, out var held) ? held.First : throw new ArgumentException($"the optimizer's state has nothing for {parameters[i].Name}."), held.Second);
        List<float[]> first = [.. moments.Select(moment => moment.First.ToArray())], second = [.. moments.Select(moment => moment.Second.ToArray())];
        List<float[]> weights = [.. parameters.Select(entry => entry.Parameter.ToArray())];
        update.Apply([.. parameters.Select(entry => entry.Parameter)], moments, scale);
        for (int i = 0; i < moments.Length; i++)
            if (parameters[i].Parameter.HasGradient && trace.Find(parameters[i].Name) is { } weight)
                Add(weight, parameters[i].Parameter, weights[i], first[i], second[i], moments[i]);
        return trace with { Ops = [.. trace.Ops, .. ops], Tensors = [.. trace.Tensors, .. tensors] };
    }

    private void Add(TraceTensor like, Parameter parameter, float[] weight, float[] firstBefore, float[] secondBefore, AdamMoments moments)
    {
        string name = like.Name, gradient = "adam_gradient:" + name, first = "first:" + name, second = "second:" + name;
        float decay = update.DecoupledDecay ? 0 : (float)update.WeightDecay;
        double shrink = update.DecoupledDecay ? (double)(float)update.LearningRate * (float)update.WeightDecay : 0;
        var (beta1, beta2, rate, epsilon) = ((float)update.Beta1, (float)update.Beta2, (float)update.LearningRate, (float)update.Epsilon);
        var (correction1, correction2) = (1 - Math.Pow(update.Beta1, update.Step), 1 - Math.Pow(update.Beta2, update.Step));
        var g = parameter.Gradient.ToArray();
        for (int i = 0; i < g.Length; i++)
            g[i] = MathF.FusedMultiplyAdd(decay, weight[i], g[i] * (float)scale); // as the kernel does
        float[] m = moments.First.ToArray(), v = moments.Second.ToArray();
        float[] corrected1 = new float[m.Length], corrected2 = new float[m.Length], step = new float[m.Length];
        for (int i = 0; i < m.Length; i++)
        {
            (corrected1[i], corrected2[i]) = ((float)(m[i] / correction1), (float)(v[i] / correction2));
            step[i] = (float)(-rate * (double)corrected1[i] / (Math.Sqrt(corrected2[i]) + epsilon));
        }

        Keep("first_before:" + name, like, firstBefore, TensorOrigin.Weight);
        Keep("second_before:" + name, like, secondBefore, TensorOrigin.Weight);
        Put(LearningKinds.AdamGradient, gradient, like, g, [new("gradient", GradientLedger.Name(name)), new("weight", name)], ("scale", (float)scale), ("decay", decay));
        Put(LearningKinds.AdamFirst, first, like, m, [new("gradient", gradient), new("before", "first_before:" + name)], ("beta", beta1));
        Put(LearningKinds.AdamSecond, second, like, v, [new("gradient", gradient), new("before", "second_before:" + name)], ("beta", beta2));
        Put(LearningKinds.AdamCorrected, "first_corrected:" + name, like, corrected1, [new("x", first)], ("beta", update.Beta1), ("step", update.Step));
        Put(LearningKinds.AdamCorrected, "second_corrected:" + name, like, corrected2, [new("x", second)], ("beta", update.Beta2), ("step", update.Step));
        Put(LearningKinds.AdamStep, "step:" + name, like, step, [new("first", "first_corrected:" + name), new("second", "second_corrected:" + name)], ("rate", rate), ("epsilon", epsilon));
        Put(LearningKinds.AdamWeight, "updated:" + name, like, parameter.ToArray(), [new("weight", name), new("step", "step:" + name)], ("shrink", shrink));
    }

    private void Put(string kind, string output, TraceTensor like, float[] values, TraceInput[] inputs, params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        var all = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in numbers)
            all[name] = value;
        ops.Add(new TraceOp(kind, output, inputs, all));
        Keep(output, like, values, TensorOrigin.Computed);
    }

    private void Keep(string name, TraceTensor like, float[] values, TensorOrigin origin) =>
        tensors.Add(new TraceTensor(name, like.Axes, like.Shape, origin, capture.Captures(name) ? values : null));
}
