using System.Runtime.CompilerServices;
using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors;

/// <summary>
/// A float32 array with a shape: contiguous, row-major. Ops make new tensors and never change their inputs.
/// Nobody disposes a tensor: outside a <see cref="Recorder"/> the garbage collector owns it, inside one its memory is recycled when the recorder ends.
/// </summary>
public class Tensor
{
    private readonly int generation;

    internal Tensor(Shape shape, Storage storage)
    {
        Shape = shape;
        Storage = storage;
        generation = storage.Generation;
    }

    /// <summary>The memory of a tensor under another shape.</summary>
    internal Tensor(Shape shape, Tensor tensor)
    {
        Shape = shape;
        Storage = tensor.Storage;
        generation = tensor.generation;
    }

    /// <summary>The lengths of the axes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>The elements in row-major order.</summary>
    /// <exception cref="ObjectDisposedException">The recorder in which the tensor was made has ended.</exception>
    public ReadOnlySpan<float> Values => Storage.SpanOf(generation);

    /// <summary>The number of elements.</summary>
    public int Count => Shape.Count;

    internal Storage Storage { get; private protected set; }

    /// <summary>True when the recorder's memory that it had serves others now.</summary>
    internal bool IsLost => generation != Storage.Generation;

    /// <summary>The elements for the kernel that fills them; nothing outside this assembly writes to a tensor.</summary>
    internal Span<float> Data => Storage.SpanOf(generation);

    /// <summary>The tape that sums this tensor's gradient, in its slot of that number; null when no gradient flows here.</summary>
    internal Tape? Tape { get; set; }

    internal int Slot { get; set; }

    /// <summary>A tensor of these values. Data, not an intermediate: no recorder recycles it.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static Tensor From(ReadOnlySpan<float> values, Shape shape)
    {
        if (values.Length != shape.Count)
            throw new ShapeException($"{values.Length} values cannot fill {shape}, which has {shape.Count} elements.");
        var tensor = new Tensor(shape, Storage.Allocate(shape.Count));
        values.CopyTo(tensor.Data);
        return tensor;
    }

    /// <summary>A tensor whose elements are all <paramref name="value"/>.</summary>
    public static Tensor Full(float value, Shape shape)
    {
        var tensor = new Tensor(shape, Storage.Allocate(shape.Count));
        tensor.Data.Fill(value);
        return tensor;
    }

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Shape shape) => Full(0, shape);

    /// <summary>A scalar, shape [].</summary>
    public static Tensor Scalar(float value) => Full(value, []);

    /// <summary>The single element of a tensor with one element.</summary>
    /// <exception cref="ShapeException">There is more than one element.</exception>
    public float Item() => Count == 1 ? Values[0] : throw new ShapeException($"Item() wants one element, this tensor is {Shape}.");

    /// <summary>One element by its indices, outermost first.</summary>
    [IndexerName("Element")]
    public float this[params ReadOnlySpan<int> indices]
    {
        get
        {
            if (indices.Length != Shape.Rank)
                throw new ShapeException($"{indices.Length} indices for {Shape}, which has {Shape.Rank} axes.");
            int at = 0;
            for (int axis = 0; axis < indices.Length; axis++)
            {
                if ((uint)indices[axis] >= (uint)Shape[axis])
                    throw new ShapeException($"index {indices[axis]} lies outside axis {axis} of {Shape}.");
                at = at * Shape[axis] + indices[axis];
            }
            return Values[at];
        }
    }

    /// <summary>The elements as a new array.</summary>
    public float[] ToArray() => Values.ToArray();

    public override string ToString() => $"Tensor {Shape}";

    /// <summary>Uninitialised memory: from the current recorder's pool, else from the garbage collector.</summary>
    internal static Tensor Allocate(Shape shape) =>
        Recorder.Current is { } recorder ? recorder.Rent(shape) : new Tensor(shape, Storage.Allocate(shape.Count));
}
