using System.Globalization;
using Pellucid.Explain.Languages;
using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Formulas;

/// <summary>Formulas as text: with names, or with the numbers of a cell.</summary>
public static class FormulaText
{
    /// <summary>A true minus sign: a hyphen is too short to be seen in a column of numbers.</summary>
    internal const char Minus = '−';

    private const int SumLevel = 1, ProductLevel = 2, AtomLevel = 3;

    /// <summary>The rule with its names: <c>linear[…,o] = Σ_i x[…,i]*weight[o,i] + bias[o]</c>.</summary>
    public static string Symbols(Rule rule) => $"{Left(rule.Kind, rule)} = {Symbols(rule.Expression)}";

    /// <summary>The rule of an operation with its names; lengths are numbers, and of what depends on the operation alone (is there a bias? which layout?) only what holds is written.</summary>
    /// <param name="language">Of the words in it (if, else, with); English unless given.</param>
    /// <exception cref="ArgumentException">There is no rule for the operation, or the trace contradicts it.</exception>
    public static string Symbols(Trace trace, TraceOp op, RuleTable? rules = null, Language? language = null)
    {
        var rule = Provenance.RuleOf(op, rules);
        // gradient:NAME and the optimizer's tensors belong to NAME, but are not it.
        string left = op.Output.Contains(':') ? op.Kind : TraceNames.Role(op.Output);
        return $"{Left(left, rule)} = {Symbols(Settled(rule.Expression, new OpView(trace, op)), language)}";
    }

    /// <summary>The expression with its names.</summary>
    public static string Symbols(Expression expression, Language? language = null) => new SymbolText(language ?? Language.English).Of(expression, 0);

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

    /// <summary>A number with so many significant digits, as people read it: a true minus sign, ∞ for infinity.</summary>
    public static string Number(double value, int digits = 4) => Signed(value switch
    {
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "-∞",
        _ when value == Math.Round(value) && Math.Abs(value) < 1e6 => ((long)value).ToString(CultureInfo.InvariantCulture),
        _ => value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    });

    /// <summary>A number that is written already, with true minus signs.</summary>
    internal static string Signed(string number) => number.Replace('-', Minus);

    private static string Left(string name, Rule rule) => $"{name}[{string.Join(",", rule.Output.Select(index => index == "..." ? "…" : index))}]";

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

    internal static string Power(string basis, string exponent) => exponent switch { "2" => basis + "²", "3" => basis + "³", _ => $"{basis}^{exponent}" };

    internal static int Level(string function) => function switch { "=" or "<" => 0, "+" or "-" => SumLevel, "*" or "/" or "mod" => ProductLevel, _ => AtomLevel };

    /// <summary>A function of <see cref="AtomLevel"/> before its arguments.</summary>
    internal static string Call(string function, IEnumerable<string> arguments) => function switch
    {
        "floor" => $"⌊{string.Join(", ", arguments)}⌋",
        "max2" => $"max({string.Join(", ", arguments)})",
        "sqrt" => $"√({string.Join(", ", arguments)})",
        _ => $"{function}({string.Join(", ", arguments)})",
    };

    internal static string Join(string function, string left, string right) => function switch
    {
        "*" or "/" => left + function + right,
        "-" => $"{left} {Minus} {right}",
        _ => $"{left} {function} {right}",
    };

    /// <summary>The level that the right side needs: of what does not associate a higher one.</summary>
    internal static int RightLevel(string function) => Level(function) + (function is "-" or "/" or "mod" ? 1 : 0);

    internal static string Within(int level, int own, string text) => level > own ? $"({text})" : text;
}
