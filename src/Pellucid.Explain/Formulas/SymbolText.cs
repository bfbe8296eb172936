using System.Globalization;
using Pellucid.Explain.Languages;

namespace Pellucid.Explain.Formulas;

/// <summary>An expression written with its names.</summary>
internal sealed class SymbolText(Language language)
{
    private const int SumLevel = 1, ProductLevel = 2, AtomLevel = 3;

    /// <summary>The text, in brackets where what stands around it binds more tightly.</summary>
    public string Of(Expression expression, int level) => expression switch
    {
        Expression.Literal literal => FormulaText.Number(literal.Value),
        Expression.Variable variable => variable.Name,
        Expression.Constant constant => constant.Name,
        Expression.MinusInfinity => FormulaText.Number(double.NegativeInfinity),
        Expression.Rest => "…",
        Expression.Size size => $"size({size.Role},{size.Axis.ToString(CultureInfo.InvariantCulture)})",
        Expression.Has has => language.Text("formula_words.has", ("role", has.Role)),
        Expression.Cell cell => $"{cell.Role}[{List(cell.Index)}]",
        Expression.Id id => $"id[{List(id.Index)}]",
        Expression.Visible visible => $"visible[{List(visible.Index)}]",
        Expression.Fold fold => FormulaText.Within(level, SumLevel, $"{(fold.IsSum ? "Σ" : "max")}_{fold.Index} {Of(fold.Body, ProductLevel)}"),
        Expression.If choice => language.Text("formula_words.if", ("then", Of(choice.Then, 0)), ("condition", Of(choice.Condition, 0)), ("else", Of(choice.Else, 0))),
        Expression.Let let => language.Text("formula_words.with", ("body", Of(let.Body, level)), ("name", let.Name), ("value", Of(let.Value, 0))),
        Expression.Apply apply => Of(apply, level),
        _ => "",
    };

    private string Of(Expression.Apply apply, int level)
    {
        int own = FormulaText.Level(apply.Function);
        if (apply.Function == "pow")
            return FormulaText.Power(Of(apply.Arguments[0], AtomLevel), Of(apply.Arguments[1], AtomLevel));
        return own == AtomLevel
            ? FormulaText.Call(apply.Function, apply.Arguments.Select(argument => Of(argument, 0)))
            : FormulaText.Within(level, own, FormulaText.Join(apply.Function, Of(apply.Arguments[0], own), Of(apply.Arguments[1], FormulaText.RightLevel(apply.Function))));
    }

    private string List(IReadOnlyList<Expression> index) => string.Join(",", index.Select(part => Of(part, 0)));
}
