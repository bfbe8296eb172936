using System.Collections;
using System.Runtime.CompilerServices;

namespace Pellucid.Tensors;

/// <summary>The lengths of a tensor's axes, outermost first: <c>[B, T, D]</c>. Immutable.</summary>
[CollectionBuilder(typeof(Shape), nameof(Of))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    // A step makes the same few shapes again and again: their lengths are kept, so that a shape is not an allocation.
    private static readonly int[]?[] Known = new int[1024][];

    private readonly int[]? lengths;

    private Shape(ReadOnlySpan<int> lengths)
    {
        long count = 1;
        foreach (int length in lengths)
        {
            if (length < 0)
                throw new ShapeException($"an axis cannot have length {length}: [{string.Join(", ", lengths.ToArray())}].");
            count *= length;
            if (count > Storage.MaxLength)
                throw new ShapeException($"[{string.Join(", ", lengths.ToArray())}] has more than {Storage.MaxLength} elements, the most one tensor can hold.");
        }
        this.lengths = Shared(lengths);
        Count = (int)count;
    }

    // Two threads may both make an array of equal content: either serves, and nobody changes it.
    private static int[] Shared(ReadOnlySpan<int> lengths)
    {
        uint hash = (uint)lengths.Length;
        foreach (int length in lengths)
            hash = (hash ^ (uint)length) * 0x9E3779B1;
        ref int[]? known = ref Known[hash >> 22];
        int[]? found = Volatile.Read(ref known);
        if (found is not null && lengths.SequenceEqual(found))
            return found;
        int[] made = lengths.ToArray();
        Volatile.Write(ref known, made);
        return made;
    }

    /// <summary>The number of axes; 0 for a scalar.</summary>
    public int Rank => lengths?.Length ?? 0;

    /// <summary>The number of elements: the product of all lengths (1 for a scalar).</summary>
    public int Count { get => lengths is null ? 1 : field; }

    /// <summary>The length of one axis, counted from the outside.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int this[int axis] => (uint)axis < (uint)Rank ? lengths![axis] : throw NoAxis(axis);

    /// <summary>The length of one axis; <c>shape[^1]</c> is the innermost.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int this[Index axis] => this[axis.GetOffset(Rank)];

    /// <summary>All lengths, outermost first.</summary>
    public ReadOnlySpan<int> Lengths => lengths;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The number of rows when the tensor is seen as a matrix of its last axis: <c>Count / shape[^1]</c>.</summary>
    public int Rows => Rank == 0 ? 1 : Product(0, Rank - 1);

    /// <summary>A shape of these lengths, outermost first.</summary>
    /// <exception cref="ShapeException">A length is negative or the product exceeds what one tensor can hold.</exception>
    public static Shape Of(params ReadOnlySpan<int> lengths) => new(lengths);

    /// <summary>The product of the lengths of axes <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    public int Product(int from, int to)
    {
        int product = 1;
        for (int axis = from; axis < to; axis++)
            product *= Lengths[axis];
        return product;
    }

    /// <summary>This shape with one axis replaced.</summary>
    public Shape With(int axis, int length)
    {
        Span<int> copy = Rank <= 16 ? stackalloc int[Rank] : new int[Rank];
        Lengths.CopyTo(copy);
        copy[axis] = length;
        return new Shape(copy);
    }

    /// <summary>Turns a negative axis (from the end, as in NumPy) into its index.</summary>
    /// <exception cref="ShapeException">There is no such axis.</exception>
    public int Axis(int axis)
    {
        int index = axis < 0 ? axis + Rank : axis;
        if (index < 0 || index >= Rank)
            throw NoAxis(axis);
        return index;
    }

    private ShapeException NoAxis(int axis) => new($"axis {axis} does not exist in {this}, which has {Rank} axes.");

    public bool Equals(Shape other) => Lengths.SequenceEqual(other.Lengths);
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int length in Lengths)
            hash.Add(length);
        return hash.ToHashCode();
    }

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    public override string ToString() => $"[{string.Join(", ", Lengths.ToArray())}]";

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(lengths ?? [])).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Tensors of these shapes do not go together. The message says which tensor, what came, what was expected and the likely fix.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);
