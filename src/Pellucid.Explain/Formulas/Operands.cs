namespace Pellucid.Explain.Formulas;

/// <summary>What an operand of a cell is.</summary>
public enum OperandKind
{
    /// <summary>A cell of another tensor that the run computed.</summary>
    Cell,

    /// <summary>A cell of a weight.</summary>
    Weight,

    /// <summary>The id of a token.</summary>
    Token,

    /// <summary>A cell of the mask: 1 visible, 0 hidden.</summary>
    Mask,

    /// <summary>A number of the formula: the scale of the scores, say.</summary>
    Constant,

    /// <summary>A cell that the generator drew: 1 where dropout kept, 0 where it dropped.</summary>
    Drawn,

    /// <summary>A cell that the optimizer had kept of earlier steps.</summary>
    State,
}

/// <summary>Something that a cell was computed from.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Role">Its role in the formula.</param>
/// <param name="Name">The tensor's name; the name of the constant; the piece of the token.</param>
/// <param name="Index">Which cell, [sentence, ...]; empty for a constant.</param>
/// <param name="Value">Its value; null when the trace did not capture it.</param>
/// <param name="Coefficient">By how much the cell grows when the operand grows by one: the partial derivative of the formula; of a product x · w it is w for x.</param>
public sealed record Operand(OperandKind Kind, string Role, string Name, IReadOnlyList<int> Index, double? Value, double Coefficient);

/// <summary>The operands of a cell with their coefficients: the formula walked backwards (reverse-mode differentiation) at the recorded values.</summary>
internal sealed class OperandSearch(OpView op, Scope scope) : Evaluation(op, scope)
{
    private readonly Dictionary<(OperandKind, string, long), int> places = [];
    private readonly List<Operand> found = [];

    public IReadOnlyList<Operand> Found => found;

    /// <summary>Collects what the expression reads; <paramref name="slope"/> is that of the cell along the expression.</summary>
    public void Collect(Expression expression, double slope)
    {
        switch (expression)
        {
            case Expression.Variable variable:
                Scope.Flow(variable.Name, slope);
                break;
            case Expression.Constant constant:
                Add(OperandKind.Constant, constant.Name, constant.Name, [], 0, Op.Number(constant.Name), slope);
                break;
            case Expression.Id id:
                Collect(id);
                break;
            case Expression.Visible visible:
                int[] cell = Index(visible.Index);
                Add(OperandKind.Mask, "visible", Op.Op.Output, cell, Op.VisibleOffset(cell, visible.Role), Op.Visible(cell, visible.Role) ? 1 : 0, 0);
                break;
            case Expression.Cell read:
                Collect(read, slope);
                break;
            case Expression.Apply apply:
                Collect(apply, slope);
                break;
            case Expression.If choice:
                Collect(choice.Condition, 0);
                Collect(Holds(choice) ? choice.Then : choice.Else, slope);
                break;
            case Expression.Let let:
                Scope.Push(let.Name, Value(let.Value));
                Collect(let.Body, slope);
                Collect(let.Value, Scope.Pop());
                break;
            case Expression.Fold fold:
                Collect(fold, slope);
                break;
        }
    }

    private void Collect(Expression.Id id)
    {
        int[] index = Index(id.Index);
        Add(OperandKind.Token, "id", Op.Token(index, id.Role)?.Piece ?? "", index, Op.IdOffset(index, id.Role), Op.Id(index, id.Role), 0);
    }

    private void Collect(Expression.Cell cell, double slope)
    {
        foreach (var part in cell.Index)
            Collect(part, 0);
        var tensor = Op.Tensor(cell.Role);
        int[] index = Index(cell, tensor);
        long offset = Op.Offset(tensor, index);
        var kind = tensor.Origin switch
        {
            Traces.TensorOrigin.Weight => OperandKind.Weight,
            Traces.TensorOrigin.Drawn => OperandKind.Drawn,
            Traces.TensorOrigin.State => OperandKind.State,
            _ => OperandKind.Cell,
        };
        Add(kind, cell.Role, tensor.Name, index, offset, tensor.Values?[offset], slope);
    }

    private void Collect(Expression.Apply apply, double slope)
    {
        var function = Functions.Of(apply.Function);
        double a = Value(apply.Arguments[0]).Value, b = function.Arity == 2 ? Value(apply.Arguments[1]).Value : 0;
        var (first, second) = function.Slopes(a, b, function.Value(a, b));
        Collect(apply.Arguments[0], Times(slope, first));
        if (function.Arity == 2)
            Collect(apply.Arguments[1], Times(slope, second));
    }

    private void Collect(Expression.Fold fold, double slope)
    {
        int length = (int)Value(fold.Length).Value;
        double largest = fold.IsSum ? 0 : Value(fold).Value;
        bool taken = false; // of equal maxima the first one passes the slope on
        for (int i = 0; i < length; i++)
        {
            Scope.Push(fold.Index, Measured.Exact(i));
            bool counts = fold.IsSum || !taken && Value(fold.Body).Value == largest;
            taken |= !fold.IsSum && counts;
            Collect(fold.Body, counts ? slope : 0);
            Scope.Pop();
        }
    }

    // What does not count stays out, also where the other factor is infinite.
    private static double Times(double slope, double factor) => slope == 0 ? 0 : slope * factor;

    private void Add(OperandKind kind, string role, string name, int[] index, long offset, double? value, double slope)
    {
        var key = (kind, role, offset);
        if (places.TryGetValue(key, out int place))
            found[place] = found[place] with { Coefficient = found[place].Coefficient + slope };
        else
        {
            places[key] = found.Count;
            found.Add(new(kind, role, name, index, value, slope));
        }
    }
}
