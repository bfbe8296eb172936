using Pellucid.Explain.Formulas;
using static Pellucid.Explain.Formulas.Write;
using Kinds = Pellucid.Explain.Learning.LearningKinds;

namespace Pellucid.Explain.Learning;

/// <summary>The rules of a training step's way back: one for each of <see cref="LearningKinds"/> but the optimizer's.</summary>
internal static class DerivativeRules
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        new(Kinds.LogSumExp, ["..."], Counted("...", Let("m", Max("j", Size("x", -1), Cell("x", "...", "j")), "m" + Log(Sum("i", Size("x", -1), Exp(Cell("x", "...", "i") - "m")))))),
        new(Kinds.CrossEntropy, ["..."], Counted("...", CrossEntropy())),
        new(Kinds.MeanLoss, ["o"], Sum("b", Size("x", 0), Sum("t", Size("x", 1), Cell("x", "b", "t"))) / Constant("count")),
        new(Kinds.One, ["o"], 1),
        new(Kinds.CrossEntropyInput, ["...", "v"], Counted("...", CrossEntropyInput())),
        new(Kinds.LinearInput, ["...", "i"], Sum("o", Size("gradient", -1), Cell("gradient", "...", "o") * Cell("weight", "o", "i")) + Before("...", "i")),
        new(Kinds.LinearWeight, ["o", "i"], Rows(Cell("gradient", "b", "t", "o") * Cell("x", "b", "t", "i")) + Before("o", "i")),
        new(Kinds.LinearBias, ["o"], Rows(Cell("gradient", "b", "t", "o")) + Before("o")),
        new(Kinds.DropoutInput, ["..."], Cell("gradient", "...") * Cell("kept", "...") / (1 - Constant("probability")) + Before("...")),
        new(Kinds.Pass, ["..."], Cell("gradient", "...") + Before("...")),
        new(Kinds.PassSum, ["..."], Sum("b", Size("gradient", 0), Cell("gradient", "b", "...")) + Before("...")),
        new(Kinds.ContextWeights, ["b", "h", "t", "s"], If(Visible("b", "t", "s"), Sum("k", Size("gradient", -1), Cell("gradient", "b", "t", "h", "k") * Cell("value", "b", "s", "h", "k")), 0)),
        new(Kinds.ContextValue, ["b", "s", "h", "k"], Sum("t", Size("gradient", 1), Cell("weights", "b", "h", "t", "s") * Cell("gradient", "b", "t", "h", "k")) + Before("b", "s", "h", "k")),
        new(Kinds.SoftmaxInput, ["...", "s"], Cell("weights", "...", "s") * (Cell("gradient", "...", "s") - Sum("j", Size("weights", -1), Cell("gradient", "...", "j") * Cell("weights", "...", "j")))),
        new(Kinds.MaskInput, ["b", "h", "t", "s"], If(Visible("b", "t", "s"), Cell("gradient", "b", "h", "t", "s"), 0)),
        new(Kinds.ScoresQuery, ["b", "t", "h", "k"], Sum("s", Size("key", 1), Cell("gradient", "b", "h", "t", "s") * Cell("key", "b", "s", "h", "k")) + Before("b", "t", "h", "k")),
        new(Kinds.ScoresKey, ["b", "s", "h", "k"], Sum("t", Size("query", 1), Cell("gradient", "b", "h", "t", "s") * Cell("query", "b", "t", "h", "k")) + Before("b", "s", "h", "k")),
        new(Kinds.NormalizeInput, ["...", "d"], NormalizeInput()),
        new(Kinds.NormalizeGamma, ["d"], Rows(Cell("gradient", "b", "t", "d") * (Cell("x", "b", "t", "d") - Cell("mean", "b", "t")) / Sqrt(Cell("variance", "b", "t") + Constant("epsilon"))) + Before("d")),
        new(Kinds.NormalizeBeta, ["d"], Rows(Cell("gradient", "b", "t", "d")) + Before("d")),
        new(Kinds.ReluInput, ["..."], If(Less(0, Cell("x", "...")), Cell("gradient", "..."), 0)),
        new(Kinds.GeluInput, ["..."], Cell("gradient", "...") * Let("x", Cell("x", "..."),
            (1 + Function("erf", "x" / Sqrt(2))) / 2 + "x" * Exp(0 - (Expression)"x" * "x" / 2) / Sqrt(2 * (Expression)Math.PI))),
        new(Kinds.GeluTanhInput, ["..."], Cell("gradient", "...") * Let("x", Cell("x", "..."), GeluTanhSlope())),
        new(Kinds.SiluInput, ["..."], Cell("gradient", "...") * Let("x", Cell("x", "..."), Let("y", 1 / (1 + Exp(0 - (Expression)"x")), "y" * (1 + "x" * (1 - (Expression)"y"))))),
        new(Kinds.LookupTable, ["v", "d"], Constant("scale") * LookedUp() + Before("v", "d")),
        new(Kinds.PositionsTable, ["t", "d"], If(Less("t", Size("gradient", 0)), Cell("gradient", "t", "d"), 0) + Before("t", "d")),
    ];

    /// <summary>What had arrived before, where something had.</summary>
    private static Expression Before(params Expression[] index) => If(Has("before"), Cell("before", index), 0);

    /// <summary>0 in the rows whose answer is padding.</summary>
    private static Expression Counted(Expression row, Expression value) => If(Equal(new Expression.Id([row], "x"), Constant("ignore")), 0, value);

    /// <summary>The sum over the rows b, t of the gradient.</summary>
    private static Expression Rows(Expression body) => Sum("b", Size("gradient", 0), Sum("t", Size("gradient", 1), body));

    private static Expression CrossEntropy()
    {
        var l = Cell("log_sum_exp", "...");
        return (1 - Constant("smoothing")) * (l - Cell("x", "...", new Expression.Id(["..."], "x")))
            + Constant("smoothing") * (l - Sum("v", Size("x", -1), Cell("x", "...", "v")) / Size("x", -1));
    }

    private static Expression CrossEntropyInput() =>
        (Exp(Cell("x", "...", "v") - Cell("log_sum_exp", "..."))
            - If(Equal(new Expression.Id(["..."], "x"), "v"), 1 - Constant("smoothing"), 0) - Constant("smoothing") / Size("x", -1))
        * Cell("gradient", 0) / Constant("count");

    private static Expression NormalizeInput()
    {
        var r = 1 / Sqrt(Cell("variance", "...") + Constant("epsilon"));
        return Let("r", r,
            Let("g", Sum("j", Size("x", -1), Cell("gradient", "...", "j") * Cell("gamma", "j")) / Size("x", -1),
                Let("h", Sum("j", Size("x", -1), Cell("gradient", "...", "j") * Cell("gamma", "j") * (Cell("x", "...", "j") - Cell("mean", "..."))) * "r" / Size("x", -1),
                    "r" * (Cell("gradient", "...", "d") * Cell("gamma", "d") - "g" - (Cell("x", "...", "d") - Cell("mean", "...")) * "r" * "h"))))
            + Before("...", "d");
    }

    /// <summary>With y = tanh u, u = √(2/π)(x + a x³): (1 + y)/2 + x/2 (1 − y²) √(2/π)(1 + 3 a x²).</summary>
    private static Expression GeluTanhSlope()
    {
        Expression x = "x", y = "y", c = Math.Sqrt(2 / Math.PI), a = 0.044715;
        return Let("y", Function("tanh", c * (x + a * x * x * x)), (1 + y) / 2 + x / 2 * (1 - y * y) * c * (1 + 3 * a * x * x));
    }

    /// <summary>Σ dy over the positions whose id is v.</summary>
    private static Expression LookedUp() => Rows(If(Equal(new Expression.Id(["b", "t"], "gradient"), "v"), Cell("gradient", "b", "t", "d"), 0));
}
