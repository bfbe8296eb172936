using System.Collections.Frozen;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Explain.Formulas;

/// <summary>A function of the rule language, its slopes beside it.</summary>
/// <param name="Arity">1 or 2; a function of one argument ignores the second.</param>
/// <param name="Value">y from a and b.</param>
/// <param name="Slopes">∂y/∂a and ∂y/∂b from a, b and y.</param>
internal sealed record Function(int Arity, Func<double, double, double> Value, Func<double, double, double, (double A, double B)> Slopes)
{
    /// <summary>The scale of y from the scales of its arguments: that of the terms that rounding is relative to.</summary>
    public Func<Measured, Measured, double, double>? Scale { get; init; }
}

/// <summary>A value and the scale of the terms it was made of: what a rounding error is relative to. A sum that cancels is small, its terms are not.</summary>
internal readonly record struct Measured(double Value, double Scale)
{
    public static Measured Exact(double value) => new(value, Math.Abs(value));
}

/// <summary>The functions of the rule language by the names that its JSON uses.</summary>
internal static class Functions
{
    private static readonly FrozenDictionary<string, Function> Table = new Dictionary<string, Function>
    {
        ["+"] = new(2, (a, b) => a + b, (_, _, _) => (1, 1)) { Scale = (a, b, _) => a.Scale + b.Scale },
        ["-"] = new(2, (a, b) => a - b, (_, _, _) => (1, -1)) { Scale = (a, b, _) => a.Scale + b.Scale },
        ["*"] = new(2, (a, b) => a * b, (a, b, _) => (b, a)) { Scale = (a, b, _) => a.Scale * b.Scale },
        ["/"] = new(2, (a, b) => a / b, (_, b, y) => (1 / b, -y / b)) { Scale = (a, b, _) => a.Scale * b.Scale / (b.Value * b.Value) },
        ["max2"] = new(2, Math.Max, (a, b, _) => a >= b ? (1, 0) : (0, 1)),
        ["mod"] = new(2, (a, b) => a - b * Math.Floor(a / b), (a, b, _) => (1, -Math.Floor(a / b))),
        ["pow"] = new(2, Math.Pow, (a, b, y) => (b == 0 ? 0 : b * Math.Pow(a, b - 1), a > 0 ? y * Math.Log(a) : 0)),
        ["="] = new(2, (a, b) => a == b ? 1 : 0, (_, _, _) => (0, 0)),
        ["<"] = new(2, (a, b) => a < b ? 1 : 0, (_, _, _) => (0, 0)),
        ["exp"] = new(1, (a, _) => Math.Exp(a), (_, _, y) => (y, 0)),
        ["log"] = new(1, (a, _) => Math.Log(a), (a, _, _) => (1 / a, 0)),
        ["sqrt"] = new(1, (a, _) => Math.Sqrt(a), (_, _, y) => (0.5 / y, 0)),
        ["sin"] = new(1, (a, _) => Math.Sin(a), (a, _, _) => (Math.Cos(a), 0)),
        ["cos"] = new(1, (a, _) => Math.Cos(a), (a, _, _) => (-Math.Sin(a), 0)),
        ["tanh"] = new(1, (a, _) => Math.Tanh(a), (_, _, y) => (1 - y * y, 0)),
        ["erf"] = new(1, (a, _) => ErrorFunction.Erf(a), (a, _, _) => (2 / Math.Sqrt(Math.PI) * Math.Exp(-a * a), 0)),
        ["round"] = new(1, (a, _) => Math.Round(a, MidpointRounding.ToEven), (_, _, _) => (0, 0)),
        ["floor"] = new(1, (a, _) => Math.Floor(a), (_, _, _) => (0, 0)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>The number of arguments: 1 or 2.</summary>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public static int Arity(string name) => Of(name).Arity;

    internal static Function Of(string name) =>
        Table.GetValueOrDefault(name) ?? throw new ArgumentException($"the rule language has no function '{name}'; it has {string.Join(" ", Names.Order(StringComparer.Ordinal))}.");

    internal static Measured Apply(string name, Measured a, Measured b)
    {
        var function = Of(name);
        double y = function.Value(a.Value, b.Value);
        if (function.Scale is { } scale)
            return new(y, scale(a, b, y));
        if (a.Value == double.NegativeInfinity)
            return Measured.Exact(y); // e^-∞ is exactly 0
        var (slope, other) = function.Slopes(a.Value, b.Value, y);
        return new(y, Math.Max(Math.Abs(y), Math.Abs(slope) * a.Scale + (function.Arity == 2 ? Math.Abs(other) * b.Scale : 0)));
    }
}
