namespace Pellucid.Tensors;

/// <summary>An int32 array with a shape: token ids <c>[B, S]</c>, class targets, positions. Immutable.</summary>
public sealed class Indices
{
    private readonly ReadOnlyMemory<int> values;

    private Indices(ReadOnlyMemory<int> values, Shape shape)
    {
        this.values = values;
        Shape = shape;
    }

    /// <summary>The lengths of the axes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The elements in row-major order.</summary>
    public ReadOnlySpan<int> Values => values.Span;

    /// <summary>Indices of these values.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static Indices From(ReadOnlySpan<int> values, Shape shape) =>
        Over(values.ToArray(), shape);

    /// <summary>Indices that lie in the caller's memory, which must not change as long as they are used.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static Indices Over(ReadOnlyMemory<int> values, Shape shape) =>
        values.Length == shape.Count
            ? new Indices(values, shape)
            : throw new ShapeException($"{values.Length} values cannot fill {shape}, which has {shape.Count} elements.");

    /// <summary>Rows of different lengths as a rectangle <c>[B, longest]</c>, filled up on the right with <paramref name="padding"/>.</summary>
    public static Indices Padded(IReadOnlyList<int[]> rows, int padding)
    {
        int longest = rows.Count == 0 ? 0 : rows.Max(row => row.Length);
        int[] values = new int[rows.Count * longest];
        Array.Fill(values, padding);
        for (int b = 0; b < rows.Count; b++)
            rows[b].CopyTo(values, b * longest);
        return new Indices(values, [rows.Count, longest]);
    }

    public override string ToString() => $"Indices {Shape}";
}
