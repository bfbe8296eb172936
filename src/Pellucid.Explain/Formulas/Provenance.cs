using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Formulas;

/// <summary>Where one cell of a trace comes from.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Index">The cell.</param>
/// <param name="Value">What the run recorded; null when it was not captured.</param>
/// <param name="Recomputed">The same cell by its rule, in double precision, from the recorded inputs; null for a weight, and when an input was not captured.</param>
/// <param name="Scale">The scale of the terms that the cell is made of, which its rounding error is relative to (docs/rules.md).</param>
/// <param name="Op">The operation that computed it; null for a weight.</param>
/// <param name="Operands">What it was computed from; empty for a weight, which training made.</param>
/// <param name="Missing">An input that was not captured; null when all were.</param>
public sealed record Provenance(
    TraceTensor Tensor, IReadOnlyList<int> Index, double? Value, double? Recomputed, double Scale, TraceOp? Op, IReadOnlyList<Operand> Operands, string? Missing)
{
    /// <summary>|value - recomputed| / scale: 0 when both are the same, infinities included; null when either is unknown.</summary>
    public double? RelativeError
    {
        get
        {
            if (Value is not { } value || Recomputed is not { } recomputed)
                return null;
            if (value.Equals(recomputed))
                return 0;
            double error = Math.Abs(value - recomputed);
            return double.IsFinite(error) ? Scale > 0 ? error / Scale : error == 0 ? 0 : double.PositiveInfinity : double.PositiveInfinity;
        }
    }

    /// <summary>The provenance of a cell.</summary>
    /// <param name="trace">What was recorded.</param>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="index">One index for each axis.</param>
    /// <param name="rules">The rules; the standard ones when null.</param>
    /// <exception cref="ArgumentException">The trace has no such tensor or cell, or contradicts the rules; the message says which.</exception>
    public static Provenance Of(Trace trace, string tensor, ReadOnlySpan<int> index, RuleTable? rules = null)
    {
        var found = trace.Find(tensor) ?? throw new ArgumentException($"the trace has no tensor '{tensor}'.");
        long offset = Cells.Offset(tensor, found.Shape, index);
        double? value = found.Values?[offset];
        if (trace.Producer(tensor) is not { } op)
            return new(found, index.ToArray(), value, null, Math.Abs(value ?? 0), null, [], null);
        var rule = RuleOf(op, rules);
        var search = new OperandSearch(new OpView(trace, op), new Scope(rule, index));
        var recomputed = search.Value(rule.Expression);
        search.Collect(rule.Expression, 1);
        return new(found, index.ToArray(), value, search.Missing is null ? recomputed.Value : null, recomputed.Scale, op, search.Found, search.Missing);
    }

    /// <summary>The cell by its rule alone, without its operands: quicker, for many cells.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Of"/>.</exception>
    public static (double Value, double Scale) Recompute(Trace trace, TraceOp op, ReadOnlySpan<int> index, RuleTable? rules = null)
    {
        var rule = RuleOf(op, rules);
        var (value, scale) = new Evaluation(new OpView(trace, op), new Scope(rule, index)).Value(rule.Expression);
        return (value, scale);
    }

    internal static Rule RuleOf(TraceOp op, RuleTable? rules) =>
        (rules ?? RuleTable.Standard).Find(op.Kind) ?? throw new ArgumentException($"there is no rule for the operation '{op.Kind}' that made {op.Output}.");
}
