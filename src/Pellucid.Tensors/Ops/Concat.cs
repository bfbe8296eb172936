using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>Tensors one after the other along an axis; the other axes must be equal.</summary>
    /// <exception cref="ShapeException">There is no tensor, or another axis differs.</exception>
    public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> tensors)
    {
        if (tensors.Length == 0)
            throw new ShapeException("Concat wants at least one tensor.");
        axis = tensors[0].Shape.Axis(axis);
        foreach (var tensor in tensors)
            if (tensor.Shape.Rank != tensors[0].Shape.Rank || tensor.Shape.With(axis, 0) != tensors[0].Shape.With(axis, 0))
                throw new ShapeException($"Concat along axis {axis} of {tensors[0].Shape} and {tensor.Shape}: the other axes must be equal.");
        return new ConcatOp(axis).Apply(tensors);
    }
}

/// <summary>y = [x₀ x₁ …] along an axis. dxᵢ is its part of dy.</summary>
internal sealed class ConcatOp(int axis) : Op
{
    public override string Name => "concat";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        int length = 0;
        foreach (var x in inputs)
            length += x.Shape[axis];
        var y = Tensor.Allocate(inputs[0].Shape.With(axis, length));
        int start = 0;
        foreach (var x in inputs)
        {
            AxisCopy.Place(x.Data, y.Shape.Product(0, axis), length, y.Shape.Product(axis + 1, y.Shape.Rank), start, x.Shape[axis], y.Data);
            start += x.Shape[axis];
        }
        return y;
    }

    internal override void Backward(Derivative d)
    {
        var shape = d.Output.Shape;
        int start = 0;
        for (int i = 0; i < d.InputCount; i++)
        {
            int along = d.Input(i).Shape[axis];
            if (d.Wants(i))
            {
                var dx = d.Into(i, out bool accumulate);
                AxisCopy.Slice(d.Gradient, shape.Product(0, axis), shape[axis], shape.Product(axis + 1, shape.Rank), start, along, dx, accumulate);
            }
            start += along;
        }
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        int length = 0;
        foreach (var x in inputs)
            length += x.Shape[axis];
        var y = Twin.Zeros(inputs[0].Shape.With(axis, length));
        int inner = y.Shape.Product(axis + 1, y.Shape.Rank), start = 0;
        foreach (var x in inputs)
        {
            int along = x.Shape[axis];
            for (int i = 0; i < x.Values.Length; i++)
                y.Values[(i / (along * inner) * length + start + i / inner % along) * inner + i % inner] = x.Values[i];
            start += along;
        }
        return y;
    }
}
