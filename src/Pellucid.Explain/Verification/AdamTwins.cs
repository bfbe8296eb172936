using Pellucid.Explain.Learning;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Verification;

/// <summary>The formulas of the optimizer.</summary>
internal static class AdamTwins
{
    /// <summary>Null for a kind that is none of these.</summary>
    internal static OpTwin? Of(Trace trace, TraceOp op)
    {
        return op.Kind switch
        {
            LearningKinds.AdamGradient => Sum("gradient", "weight", (g, w) => (Number("scale") * g, Number("decay") * w)),
            LearningKinds.AdamFirst => Sum("before", "gradient", (m, g) => (Number("beta") * m, (1 - Number("beta")) * g)),
            LearningKinds.AdamSecond => Sum("before", "gradient", (v, g) => (Number("beta") * v, (1 - Number("beta")) * g * g)),
            LearningKinds.AdamCorrected => Sum("x", "x", (x, _) => (x / (1 - Math.Pow(Number("beta"), Number("step"))), 0)),
            LearningKinds.AdamStep => Sum("first", "second", (m, v) => (-Number("rate") * m / (Math.Sqrt(v) + Number("epsilon")), 0)),
            LearningKinds.AdamWeight => Sum("weight", "step", (w, step) => ((1 - Number("shrink")) * w, step)),
            _ => null,
        };

        double Number(string name) => op.Numbers[name];

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
