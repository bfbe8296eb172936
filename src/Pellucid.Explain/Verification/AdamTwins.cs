using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Verification;

/// <summary>The formulas of the optimizer.</summary>
internal static class AdamTwins
{
    /// <summary>Null for a kind that is none of these.</summary>
    internal static OpTwin? Of(Trace trace, TraceOp op)
    {
        double beta = Number("beta"), scale = Number("scale"), decay = Number("decay"), rate = Number("rate"), epsilon = Number("epsilon"), shrink = Number("shrink");
        double correction = 1 - Math.Pow(beta, Number("step"));
        return op.Kind switch
        {
            LearningKinds.AdamGradient => Sum("gradient", "weight", (g, w) => (scale * g, decay * w)),
            LearningKinds.AdamFirst => Sum("before", "gradient", (m, g) => (beta * m, (1 - beta) * g)),
            LearningKinds.AdamSecond => Sum("before", "gradient", (v, g) => (beta * v, (1 - beta) * g * g)),
            LearningKinds.AdamCorrected => Sum("x", "x", (x, _) => (x / correction, 0)),
            LearningKinds.AdamStep => Sum("first", "second", (m, v) => (-rate * m / (Math.Sqrt(v) + epsilon), 0)),
            LearningKinds.AdamWeight => Sum("weight", "step", (w, step) => ((1 - shrink) * w, step)),
            _ => null,
        };

        double Number(string name) => op.Numbers.GetValueOrDefault(name, double.NaN);

        OpTwin Sum(string first, string second, Func<double, double, (double, double)> terms)
        {
            float[] a = trace.Find(op.Input(first))!.Values!, b = trace.Find(op.Input(second))!.Values!;
            var sums = new TermSums(a.Length, []);
            for (int i = 0; i < a.Length; i++)
            {
                var (one, other) = terms(a[i], b[i]);
                sums.Add(i, one);
                sums.Add(i, other);
            }
            return sums.ToTwin();
        }
    }
}
