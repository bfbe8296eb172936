using Pellucid.Explain.Formulas;
using static Pellucid.Explain.Formulas.Write;
using Kinds = Pellucid.Explain.Learning.LearningKinds;

namespace Pellucid.Explain.Learning;

/// <summary>The rules of the optimizer: Adam (Kingma and Ba 2015, algorithm 1), AdamW (Loshchilov and Hutter 2019, algorithm 2).</summary>
internal static class AdamRules
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        new(Kinds.AdamGradient, ["..."], Constant("scale") * Cell("gradient", "...") + Constant("decay") * Cell("weight", "...")),
        new(Kinds.AdamFirst, ["..."], Constant("beta") * Cell("before", "...") + (1 - Constant("beta")) * Cell("gradient", "...")),
        new(Kinds.AdamSecond, ["..."], Constant("beta") * Cell("before", "...") + (1 - Constant("beta")) * Function("pow", Cell("gradient", "..."), 2)),
        new(Kinds.AdamCorrected, ["..."], Cell("x", "...") / (1 - Function("pow", Constant("beta"), Constant("step")))),
        new(Kinds.AdamStep, ["..."], 0 - Constant("rate") * Cell("first", "...") / (Sqrt(Cell("second", "...")) + Constant("epsilon"))),
        new(Kinds.AdamWeight, ["..."], (1 - Constant("shrink")) * Cell("weight", "...") + Cell("step", "...")),
    ];
}
