using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors;

/// <summary>
/// The weight <c>[O, I]</c> of a linear map, laid out once for the kernel that multiplies with it, in one of three precisions. Immutable, for any number of threads.
/// <see cref="Ops.TensorOps.Linear(Tensor, PackedWeight, Tensor?)"/> multiplies with it.
/// </summary>
public sealed class PackedWeight
{
    private readonly PackedOperand operand;

    private PackedWeight(PackedOperand operand, Precision precision) => (this.operand, Precision) = (operand, precision);

    /// <summary>I, the columns of the weight.</summary>
    public int Inputs => operand.K;

    /// <summary>O, the rows of the weight.</summary>
    public int Outputs => operand.N;

    public Precision Precision { get; }

    /// <summary>Memory taken.</summary>
    public long Bytes => operand.Bytes;

    internal PackedOperand Operand => operand;

    /// <summary>Packs a weight <c>[O, I]</c>; later changes of it are not seen.</summary>
    /// <exception cref="ShapeException">It is not a matrix.</exception>
    /// <exception cref="ArgumentException">A weight is not finite or too large for the precision, or the rows are too long for it.</exception>
    public static PackedWeight Pack(Tensor weight, Precision precision)
    {
        var dims = Dims.Match(weight, "O I", "weight");
        return Pack(weight.Values, dims['O'], dims['I'], precision);
    }

    /// <summary>The same from values that are no tensor, row-major.</summary>
    /// <exception cref="ArgumentException">As above, or the number of values is not outputs times inputs.</exception>
    public static PackedWeight Pack(ReadOnlySpan<float> values, int outputs, int inputs, Precision precision)
    {
        Edge.Length(values.Length, Edge.Count(outputs, inputs), nameof(values));
        return new PackedWeight(precision switch
        {
            Precision.Float32 => new FloatOperand(outputs, inputs, values),
            Precision.BFloat16 => new BFloat16Operand(outputs, inputs, values),
            Precision.Int8 => new Int8Operand(outputs, inputs, values),
            _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "unknown precision."),
        }, precision);
    }

    /// <summary>A weight that was quantised before: 8-bit numbers <c>[O, I]</c> and a scale for each row, <c>[O]</c>. The weight is their product.</summary>
    /// <exception cref="ArgumentException">The lengths do not fit, a scale is negative or not finite, or a number is -128.</exception>
    public static PackedWeight FromInt8(ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, int outputs, int inputs) =>
        new(new Int8Operand(outputs, inputs, values, scales), Precision.Int8);

    /// <summary>The 8-bit numbers <c>[O, I]</c> and the scales <c>[O]</c> of a weight in int8.</summary>
    /// <exception cref="InvalidOperationException">It has another precision.</exception>
    public (sbyte[] Values, float[] Scales) ToInt8()
    {
        if (operand is not Int8Operand int8)
            throw new InvalidOperationException($"the weight is packed in {Precision}, not in Int8.");
        sbyte[] values = new sbyte[checked(Outputs * Inputs)];
        for (int row = 0; row < Outputs; row++)
            int8.CopyRow(row, values.AsSpan(row * Inputs, Inputs));
        return (values, int8.Scales.ToArray());
    }

    /// <summary>The weight <c>[O, I]</c> as products are computed with it: what the precision rounded away is not there.</summary>
    public Tensor ToTensor()
    {
        var tensor = new Tensor([Outputs, Inputs], Storage.Allocate(Outputs * Inputs));
        CopyTo(tensor.Data);
        return tensor;
    }

    internal void CopyTo(Span<float> values)
    {
        for (int row = 0; row < Outputs; row++)
            operand.CopyRow(row, values.Slice(row * Inputs, Inputs));
    }

    /// <summary>Rows of the weight times a scale: y[i] = scale · W[ids[i]].</summary>
    internal void Gather(ReadOnlySpan<int> ids, float scale, Span<float> y)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            var row = y.Slice(i * Inputs, Inputs);
            operand.CopyRow(ids[i], row);
            Elementwise.Scale(row, scale, row);
        }
    }
}
