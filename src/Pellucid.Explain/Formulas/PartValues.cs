using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Formulas;

/// <summary>The parts of an operation's rule, in double precision from the recorded inputs.</summary>
internal sealed class PartValues(Trace trace, TraceOp op)
{
    private readonly OpView view = new(trace, op);
    private readonly Rule rule = Provenance.RuleOf(op, null);

    /// <summary>The parts in the order of the rule.</summary>
    public IReadOnlyList<RulePart> Parts => rule.Parts;

    /// <summary>Whether the values of all inputs were captured.</summary>
    public bool IsKnown => op.Inputs.All(input => trace.Find(input.Tensor) is { IsCaptured: true });

    /// <summary>What the cells of a row share, one value for each part of that kind.</summary>
    /// <param name="index">Any cell of the row.</param>
    public double[] Row(ReadOnlySpan<int> index) => Values(index, PartOf.Row, []);

    /// <summary>What a cell has of its own.</summary>
    /// <param name="row">The values of its row.</param>
    public double[] Cell(ReadOnlySpan<int> index, double[] row) => Values(index, PartOf.Cell, row);

    /// <summary>What the cells of a column share.</summary>
    /// <param name="index">Any cell of the column.</param>
    public double[] Column(ReadOnlySpan<int> index) => Values(index, PartOf.Column, []);

    private double[] Values(ReadOnlySpan<int> index, PartOf wanted, double[] row)
    {
        var scope = new Scope(rule, index);
        var evaluation = new Evaluation(view, scope);
        var known = Parts.Where(part => part.Of == PartOf.Row).Zip(row);
        foreach (var (part, value) in known)
            scope.Push(part.Name, Measured.Exact(value));
        var values = new List<double>();
        foreach (var part in Parts.Where(part => part.Of == wanted))
        {
            var value = evaluation.Value(part.Expression);
            scope.Push(part.Name, value);
            values.Add(value.Value);
        }
        return [.. values];
    }
}
