namespace Pellucid.Tensors;

/// <summary>
/// A weight: a tensor that lives as long as its module, receives a gradient and is changed in place only by an optimizer or a checkpoint.
/// </summary>
public sealed class Parameter : Tensor
{
    private Tensor? gradient;

    private Parameter(Shape shape) : this(shape, Storage.Allocate(shape.Count))
    {
    }

    private Parameter(Shape shape, Storage storage) : base(shape, storage)
    {
    }

    /// <summary>A parameter that starts with these values.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static new Parameter From(ReadOnlySpan<float> values, Shape shape)
    {
        var parameter = new Parameter(shape);
        parameter.Assign(values);
        return parameter;
    }

    /// <summary>A parameter whose elements are a function of their index, as initialisers are.</summary>
    public static Parameter Make(Shape shape, Func<int, float> value)
    {
        var parameter = new Parameter(shape);
        for (int i = 0; i < shape.Count; i++)
            parameter.Data[i] = value(i);
        return parameter;
    }

    /// <summary>A parameter of zeros, for a checkpoint to fill; it takes its memory when it is first used.</summary>
    public static Parameter Zero(Shape shape) => new(shape, Storage.Zeros(shape.Count));

    /// <summary>False for a frozen weight: no gradient is computed for it.</summary>
    public bool Trainable { get; set; } = true;

    /// <summary>True when a backward pass has reached this parameter since <see cref="ClearGradient"/>.</summary>
    public bool HasGradient { get; private set; }

    /// <summary>The sum of the gradients since <see cref="ClearGradient"/>, of this parameter's shape.</summary>
    /// <exception cref="InvalidOperationException">No backward pass has reached this parameter.</exception>
    public Tensor Gradient => HasGradient ? gradient! : throw new InvalidOperationException($"no gradient has reached this parameter {Shape}; call recorder.Backward(loss) first.");

    /// <summary>Forgets the gradient; its memory is kept for the next step.</summary>
    public void ClearGradient() => HasGradient = false;

    /// <summary>Replaces the values.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public void Assign(ReadOnlySpan<float> values)
    {
        if (values.Length != Count)
            throw new ShapeException($"{values.Length} values cannot fill a parameter of shape {Shape}.");
        if (!Storage.HoldsValues)
            Storage = Storage.Allocate(Count);
        values.CopyTo(Data);
        MarkChanged();
    }

    /// <summary>
    /// The weight as inference multiplies with it, or null: only <see cref="Pack"/> makes it, and any change of the values ends it.
    /// While it is there, <see cref="Ops.TensorOps.Linear(Tensor, Tensor, Tensor?)"/> uses it unless gradients are recorded.
    /// </summary>
    public PackedWeight? Packed { get; private set; }

    /// <summary>
    /// Turns a matrix <c>[O, I]</c> into its packed form, which takes the place of the plain one: <see cref="Tensor.Values"/> is still there for whoever asks, and is
    /// then unpacked into memory of its own. What the precision rounds away is gone: the values are those that products are computed with.
    /// </summary>
    /// <exception cref="ShapeException">The parameter is not a matrix.</exception>
    /// <exception cref="ArgumentException">A value does not fit the precision.</exception>
    public void Pack(Precision precision)
    {
        if (Packed?.Precision != precision)
            Hold(PackedWeight.Pack(this, precision));
    }

    /// <summary>Becomes this weight, which must have the parameter's shape.</summary>
    /// <exception cref="ShapeException">It has another.</exception>
    public void Hold(PackedWeight weight)
    {
        Shape held = [weight.Outputs, weight.Inputs];
        if (Shape != held)
            throw new ShapeException($"a packed weight of {held} cannot fill a parameter of shape {Shape}.");
        Storage = Storage.Of(weight);
        Packed = weight;
    }

    /// <summary>Whoever has changed the values in place says so: what was packed before is stale.</summary>
    internal void MarkChanged() => Packed = null;

    /// <summary>The gradient's memory, and whether it already holds a sum to add to.</summary>
    internal Span<float> GradientInto(out bool accumulate)
    {
        gradient ??= new Tensor(Shape, Storage.Allocate(Count));
        accumulate = HasGradient;
        HasGradient = true;
        return gradient.Data;
    }
}
