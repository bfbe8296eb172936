using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Formulas;

/// <summary>One cell of an operation by its rule, in double precision, from the recorded inputs.</summary>
internal class Evaluation(OpView op, Scope scope)
{
    protected OpView Op { get; } = op;

    protected Scope Scope { get; } = scope;

    /// <summary>The first tensor that was read and has no values in the trace; what depends on it is NaN.</summary>
    public string? Missing { get; private set; }

    public Measured Value(Expression expression) => expression switch
    {
        Expression.Literal literal => Measured.Exact(literal.Value),
        Expression.Variable variable => Scope[variable.Name],
        Expression.Constant constant => Measured.Exact(Op.Number(constant.Name)),
        Expression.Size size => Measured.Exact(Op.Size(size.Role, size.Axis)),
        Expression.MinusInfinity => Measured.Exact(double.NegativeInfinity),
        Expression.Has has => Measured.Exact(Op.Has(has.Role) ? 1 : 0),
        Expression.Cell cell => Read(cell),
        Expression.Id id => Measured.Exact(Op.Id(Index(id.Index), id.Role)),
        Expression.Visible visible => Measured.Exact(Op.Visible(Index(visible.Index), visible.Role) ? 1 : 0),
        Expression.Apply apply => Functions.Apply(apply.Function, Value(apply.Arguments[0]), apply.Arguments.Count > 1 ? Value(apply.Arguments[1]) : default),
        Expression.If choice => Value(Holds(choice) ? choice.Then : choice.Else),
        Expression.Let let => Value(let),
        Expression.Fold fold => Value(fold),
        _ => throw new ArgumentException($"{expression.GetType().Name} has no value of its own."),
    };

    public bool Holds(Expression.If choice) => Value(choice.Condition).Value != 0;

    /// <summary>The indices that a cell's index expressions give, <c>...</c> written out.</summary>
    public int[] Index(IReadOnlyList<Expression> index)
    {
        var indices = new List<int>(index.Count + Scope.Rest.Length);
        foreach (var part in index)
        {
            if (part is Expression.Rest)
                indices.AddRange(Scope.Rest);
            else
                indices.Add((int)Value(part).Value);
        }
        return [.. indices];
    }

    public int[] Index(Expression.Cell cell, TraceTensor tensor)
    {
        int[] index = Index(cell.Index);
        bool hasRest = cell.Index.Any(part => part is Expression.Rest);
        return hasRest && index.Length > tensor.Shape.Length ? index[^tensor.Shape.Length..] : index;
    }

    private Measured Read(Expression.Cell cell)
    {
        var tensor = Op.Tensor(cell.Role);
        long offset = Op.Offset(tensor, Index(cell, tensor));
        if (tensor.Values is { } values)
            return Measured.Exact(values[offset]);
        Missing ??= tensor.Name;
        return Measured.Exact(double.NaN);
    }

    private Measured Value(Expression.Let let)
    {
        Scope.Push(let.Name, Value(let.Value));
        var value = Value(let.Body);
        Scope.Pop();
        return value;
    }

    private Measured Value(Expression.Fold fold)
    {
        int length = (int)Value(fold.Length).Value;
        var (value, scale) = (fold.IsSum ? 0 : double.NegativeInfinity, 0.0);
        for (int i = 0; i < length; i++)
        {
            Scope.Push(fold.Index, Measured.Exact(i));
            var term = Value(fold.Body);
            Scope.Pop();
            value = fold.IsSum ? value + term.Value : Math.Max(value, term.Value);
            scale = fold.IsSum ? scale + term.Scale : Math.Abs(value);
        }
        return new(value, scale);
    }
}
