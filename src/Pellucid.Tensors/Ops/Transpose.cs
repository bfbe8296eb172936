using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>The axes in another order: axis i of the result is axis <c>axes[i]</c> of x. Without axes, the last two change places.</summary>
    /// <exception cref="ShapeException"><paramref name="axes"/> is not a permutation of x's axes.</exception>
    public static Tensor Transpose(this Tensor x, params ReadOnlySpan<int> axes)
    {
        int rank = x.Shape.Rank;
        int[] order = axes.ToArray();
        if (axes.Length == 0)
        {
            if (rank < 2)
                throw new ShapeException($"Transpose wants at least two axes, got {x.Shape}.");
            order = [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2];
        }
        if (!order.Order().SequenceEqual(Enumerable.Range(0, rank)))
            throw new ShapeException($"Transpose of {x.Shape} by ({string.Join(", ", order)}): a permutation of the axes 0..{rank - 1} is wanted.");
        return new TransposeOp(order).Apply(x);
    }
}

/// <summary>y = x with its axes permuted. dx = dy with its axes permuted back.</summary>
internal sealed class TransposeOp(int[] axes) : Op
{
    public override string Name => "transpose";

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var x = inputs[0];
        var y = Tensor.Allocate(Shape.Of([.. axes.Select(axis => x.Shape[axis])]));
        Permute.Run(x.Data, x.Shape.Lengths, axes, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        int[] back = new int[axes.Length];
        for (int i = 0; i < axes.Length; i++)
            back[axes[i]] = i;
        var dx = d.Into(0, out bool accumulate);
        Permute.Run(d.Gradient, d.Output.Shape.Lengths, back, dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var x = inputs[0];
        var y = Twin.Zeros(Shape.Of([.. axes.Select(axis => x.Shape[axis])]));
        int[] steps = new int[axes.Length];
        for (int axis = axes.Length - 1, step = 1; axis >= 0; step *= x.Shape[axis], axis--)
            steps[axis] = step;
        for (int at = 0; at < y.Values.Length; at++)
        {
            int rest = at, from = 0;
            for (int i = axes.Length - 1; i >= 0; rest /= y.Shape[i], i--)
                from += rest % y.Shape[i] * steps[axes[i]];
            y.Values[at] = x.Values[from];
        }
        return y;
    }
}
