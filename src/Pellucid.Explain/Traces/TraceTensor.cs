namespace Pellucid.Explain.Traces;

/// <summary>A tensor of a trace.</summary>
/// <param name="Name">As docs/trace-format.md spells it; the checkpoint key of a weight.</param>
/// <param name="Axes">A letter of docs/notation.md for each axis, separated by blanks: <c>B H T S</c>.</param>
/// <param name="Shape">The lengths.</param>
/// <param name="Origin">Computed, a weight, drawn, or the state of the optimizer.</param>
/// <param name="Values">Row-major; null when not captured.</param>
public sealed record TraceTensor(string Name, string Axes, int[] Shape, TensorOrigin Origin, float[]? Values)
{
    private readonly float[]? held = Values;
    private readonly DerivedValues? derived;

    /// <summary>The number of cells.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Row-major; null when not captured. What follows from other values of a trace is made when it is asked for, always the same; nobody may change it.</summary>
    public float[]? Values
    {
        get => held ?? derived?.Values;
        init => (held, derived) = (value, null);
    }

    /// <summary>Whether there are values.</summary>
    public bool IsCaptured => held is not null || derived is not null;

    /// <summary>Values that are not held but made when asked for; null where they are held.</summary>
    internal DerivedValues? Derived
    {
        get => derived;
        init => (held, derived) = (null, value);
    }

    /// <summary>The arrays that it keeps in memory: its values, or what they are made of. Several tensors may share one.</summary>
    public IEnumerable<Array> Held => held is not null ? [held] : derived?.From ?? [];
}
