namespace Pellucid.Explain.Formulas;

/// <summary>
/// A formula for one cell of a tensor, as data: immutable, evaluated in double precision, printed as text, written as JSON (docs/rules.md).
/// A closed family; conditions are numbers, zero is false.
/// </summary>
public abstract record Expression
{
    private Expression()
    {
    }

    /// <summary>A number that stands in the formula itself.</summary>
    public sealed record Literal(double Value) : Expression;

    /// <summary>Minus infinity.</summary>
    public sealed record MinusInfinity : Expression;

    /// <summary>The value of an index of the output, of a running index, or of a <see cref="Let"/>.</summary>
    public sealed record Variable(string Name) : Expression;

    /// <summary>Only within the indices of a cell: all indices that the output's leading <c>...</c> stands for.</summary>
    public sealed record Rest : Expression;

    /// <summary>A number of the operation, by name: <c>scale</c>, <c>epsilon</c>.</summary>
    public sealed record Constant(string Name) : Expression;

    /// <summary>The length of an axis of the tensor in a role, or of <c>output</c>; negative axes count from the end.</summary>
    public sealed record Size(string Role, int Axis) : Expression;

    /// <summary>A cell of the tensor in a role. Where <see cref="Rest"/> gives more indices than the tensor has axes, the first ones fall away.</summary>
    public sealed record Cell(string Role, IReadOnlyList<Expression> Index) : Expression;

    /// <summary>A token id; the ids lie over all axes but the last of the tensor in the role.</summary>
    public sealed record Id(IReadOnlyList<Expression> Index, string Role = OpView.Output) : Expression;

    /// <summary>Whether query t of sentence b sees key s: 1 or 0; the mask lies over the first and the last two axes of the tensor in the role.</summary>
    public sealed record Visible(IReadOnlyList<Expression> Index, string Role = OpView.Output) : Expression;

    /// <summary>Whether the operation has a tensor in this role: 1 or 0.</summary>
    public sealed record Has(string Role) : Expression;

    /// <summary>A function of one or two numbers; see <see cref="Functions"/>.</summary>
    public sealed record Apply(string Function, IReadOnlyList<Expression> Arguments) : Expression;

    /// <summary>The sum or the maximum of the body over an index from 0 to length - 1.</summary>
    public sealed record Fold(bool IsSum, string Index, Expression Length, Expression Body) : Expression;

    /// <summary>One of two values; the other is not evaluated.</summary>
    public sealed record If(Expression Condition, Expression Then, Expression Else) : Expression;

    /// <summary>A name for a value that the body uses more than once.</summary>
    public sealed record Let(string Name, Expression Value, Expression Body) : Expression;

    public static implicit operator Expression(double value) => new Literal(value);

    public static implicit operator Expression(string variable) => variable == "..." ? new Rest() : new Variable(variable);

    public static Expression operator +(Expression a, Expression b) => new Apply("+", [a, b]);

    public static Expression operator -(Expression a, Expression b) => new Apply("-", [a, b]);

    public static Expression operator *(Expression a, Expression b) => new Apply("*", [a, b]);

    public static Expression operator /(Expression a, Expression b) => new Apply("/", [a, b]);
}

/// <summary>Short words to write expressions with; <c>using static</c> makes a rule read as its formula.</summary>
internal static class Write
{
    public static Expression Cell(string role, params Expression[] index) => new Expression.Cell(role, index);

    public static Expression Sum(string index, Expression length, Expression body) => new Expression.Fold(true, index, length, body);

    public static Expression Max(string index, Expression length, Expression body) => new Expression.Fold(false, index, length, body);

    public static Expression Size(string role, int axis) => new Expression.Size(role, axis);

    public static Expression Constant(string name) => new Expression.Constant(name);

    public static Expression Id(params Expression[] index) => new Expression.Id(index);

    public static Expression Visible(params Expression[] index) => new Expression.Visible(index);

    public static Expression Has(string role) => new Expression.Has(role);

    public static Expression If(Expression condition, Expression then, Expression @else) => new Expression.If(condition, then, @else);

    public static Expression Let(string name, Expression value, Expression body) => new Expression.Let(name, value, body);

    public static Expression Exp(Expression x) => Function("exp", x);

    public static Expression Log(Expression x) => Function("log", x);

    public static Expression Sqrt(Expression x) => Function("sqrt", x);

    public static Expression Floor(Expression x) => Function("floor", x);

    public static Expression Mod(Expression x, Expression y) => Function("mod", x, y);

    public static Expression Equal(Expression x, Expression y) => Function("=", x, y);

    public static Expression Less(Expression x, Expression y) => Function("<", x, y);

    /// <summary>Any function of <see cref="Functions"/> by name.</summary>
    public static Expression Function(string name, params Expression[] arguments) => new Expression.Apply(name, arguments);

    /// <summary>-∞.</summary>
    public static Expression MinusInfinity { get; } = new Expression.MinusInfinity();
}
