using System.Globalization;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Formulas;

/// <summary>Formulas as text: with names, or with the numbers of a cell.</summary>
public static class FormulaText
{
    private const int SumLevel = 1, ProductLevel = 2, AtomLevel = 3;

    /// <summary>The rule with its names: <c>linear[…,o] = Σ_i x[…,i]*weight[o,i] + bias[o]</c>.</summary>
    public static string Symbols(Rule rule) => $"{rule.Kind}[{string.Join(",", rule.Output.Select(name => name == "..." ? "…" : name))}] = {Of(rule.Expression, 0)}";

    /// <summary>The rule of an operation with its names; lengths are numbers, and of what depends on the operation alone (is there a bias? which layout?) only what holds is written.</summary>
    /// <exception cref="ArgumentException">There is no rule for the operation, or the trace contradicts it.</exception>
    public static string Symbols(Trace trace, TraceOp op, RuleTable? rules = null)
    {
        var rule = Provenance.RuleOf(op, rules);
        string role = op.Output[(op.Output.LastIndexOf('.') + 1)..];
        return $"{role}[{string.Join(",", rule.Output.Select(name => name == "..." ? "…" : name))}] = {Of(Settled(rule.Expression, new OpView(trace, op)), 0)}";
    }

    /// <summary>The expression with its names.</summary>
    public static string Symbols(Expression expression) => Of(expression, 0);

    /// <summary>
    /// The cell with its numbers: <c>0.4218 = 0.112*1.93 + 0.3*(-0.5) + …</c>. Of a long sum or maximum the terms that count most are written, in their order, and what
    /// the others come to is said, so that the line still adds up.
    /// </summary>
    /// <param name="mostTerms">How many terms of a sum to write; 0 for all.</param>
    /// <param name="digits">Significant digits of a number.</param>
    /// <param name="language">Of what is said about terms left out; English unless given.</param>
    /// <exception cref="ArgumentException">As for <see cref="Provenance.Of"/>.</exception>
    public static string Numbers(Trace trace, string tensor, ReadOnlySpan<int> index, int mostTerms = 8, int digits = 4, RuleTable? rules = null, Language? language = null)
    {
        var found = trace.Find(tensor) ?? throw new ArgumentException($"the trace has no tensor '{tensor}'.");
        long offset = Cells.Offset(tensor, found.Shape, index);
        string value = found.Values is { } values ? Number(values[offset], digits) : "(not captured)";
        if (trace.Producer(tensor) is not { } op)
            return value;
        var rule = Provenance.RuleOf(op, rules);
        return $"{value} = {new CellText(new OpView(trace, op), new Scope(rule, index), mostTerms, digits, language ?? Language.English).Of(rule.Expression)}";
    }

    /// <summary>A number with so many significant digits; ∞ for infinity.</summary>
    public static string Number(double value, int digits = 4) => value switch
    {
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "-∞",
        _ when value == Math.Round(value) && Math.Abs(value) < 1e6 => ((long)value).ToString(CultureInfo.InvariantCulture),
        _ => value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    };

    private static Expression Settled(Expression expression, OpView op) => expression switch
    {
        Expression.If choice when OfOperation(choice.Condition, op) is { } condition => Settled(condition != 0 ? choice.Then : choice.Else, op),
        Expression.If choice => new Expression.If(Settled(choice.Condition, op), Settled(choice.Then, op), Settled(choice.Else, op)),
        Expression.Size size => new Expression.Literal(op.Size(size.Role, size.Axis)),
        Expression.Apply { Function: "+" } sum when Settled(sum.Arguments[1], op) is Expression.Literal { Value: 0 } => Settled(sum.Arguments[0], op),
        Expression.Apply apply => new Expression.Apply(apply.Function, [.. apply.Arguments.Select(argument => Settled(argument, op))]),
        Expression.Fold fold => new Expression.Fold(fold.IsSum, fold.Index, fold.Length, Settled(fold.Body, op)),
        Expression.Let let => new Expression.Let(let.Name, Settled(let.Value, op), Settled(let.Body, op)),
        Expression.Cell cell => new Expression.Cell(cell.Role, [.. cell.Index.Select(part => Settled(part, op))]),
        _ => expression,
    };

    // The value of what no cell can change; null for everything else.
    private static double? OfOperation(Expression expression, OpView op) => expression switch
    {
        Expression.Literal literal => literal.Value,
        Expression.Constant constant => op.Number(constant.Name),
        Expression.Has has => op.Has(has.Role) ? 1 : 0,
        Expression.Apply { Arguments.Count: 2 } apply when OfOperation(apply.Arguments[0], op) is { } a && OfOperation(apply.Arguments[1], op) is { } b => Functions.Of(apply.Function).Value(a, b),
        _ => null,
    };

    private static string Of(Expression expression, int level) => expression switch
    {
        Expression.Literal literal => Number(literal.Value),
        Expression.Variable variable => variable.Name,
        Expression.Constant constant => constant.Name,
        Expression.MinusInfinity => "-∞",
        Expression.Rest => "…",
        Expression.Size size => $"size({size.Role},{size.Axis.ToString(CultureInfo.InvariantCulture)})",
        Expression.Has has => $"there is {has.Role}",
        Expression.Cell cell => $"{cell.Role}[{List(cell.Index)}]",
        Expression.Id id => $"id[{List(id.Index)}]",
        Expression.Visible visible => $"visible[{List(visible.Index)}]",
        Expression.Fold fold => Within(level, SumLevel, $"{(fold.IsSum ? "Σ" : "max")}_{fold.Index} {Of(fold.Body, ProductLevel)}"),
        Expression.If choice => $"({Of(choice.Then, 0)} if {Of(choice.Condition, 0)}, else {Of(choice.Else, 0)})",
        Expression.Let let => $"{Of(let.Body, level)} with {let.Name} = {Of(let.Value, 0)}",
        Expression.Apply apply => Of(apply, level),
        _ => "",
    };

    private static string Of(Expression.Apply apply, int level)
    {
        int own = Level(apply.Function);
        if (apply.Function == "pow")
            return Power(Of(apply.Arguments[0], AtomLevel), Of(apply.Arguments[1], AtomLevel));
        return own == AtomLevel
            ? $"{Name(apply.Function)}({string.Join(", ", apply.Arguments.Select(argument => Of(argument, 0)))})"
            : Within(level, own, Join(apply.Function, Of(apply.Arguments[0], own), Of(apply.Arguments[1], own + (apply.Function is "-" or "/" ? 1 : 0))));
    }

    internal static string Power(string basis, string exponent) => exponent switch { "2" => basis + "²", "3" => basis + "³", _ => $"{basis}^{exponent}" };

    internal static int Level(string function) => function switch { "=" or "<" => 0, "+" or "-" => SumLevel, "*" or "/" => ProductLevel, _ => AtomLevel };

    internal static string Name(string function) => function switch { "max2" => "max", "sqrt" => "√", _ => function };

    internal static string Join(string function, string left, string right) => Level(function) == ProductLevel ? left + function + right : $"{left} {function} {right}";

    internal static string Within(int level, int own, string text) => level > own ? $"({text})" : text;

    private static string List(IReadOnlyList<Expression> index) => string.Join(",", index.Select(part => Of(part, 0)));
}
