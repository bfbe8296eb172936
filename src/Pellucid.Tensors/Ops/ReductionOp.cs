using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

/// <summary>A function of all elements along one axis, which disappears: <c>[outer, along, inner]</c> to <c>[outer, inner]</c>.</summary>
internal abstract class ReductionOp(int axis) : Op
{
    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var (outer, along, inner, shape) = Sizes(inputs[0].Shape);
        var y = Tensor.Allocate(shape);
        Compute(inputs[0].Data, outer, along, inner, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var (outer, along, inner, _) = Sizes(d.Input(0).Shape);
        var dx = d.Into(0, out bool accumulate);
        Differentiate(d, outer, along, inner, dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var x = inputs[0].Values;
        var (outer, along, inner, shape) = Sizes(inputs[0].Shape);
        var y = Twin.Zeros(shape);
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
                y.Values[o * inner + i] = Naive(Enumerable.Range(0, along).Select(a => x[(o * along + a) * inner + i]));
        return y;
    }

    protected abstract void Compute(ReadOnlySpan<float> x, int outer, int along, int inner, Span<float> y);

    protected abstract void Differentiate(Derivative d, int outer, int along, int inner, Span<float> dx, bool accumulate);

    protected abstract double Naive(IEnumerable<double> values);

    private (int Outer, int Along, int Inner, Shape Output) Sizes(Shape x) =>
        (x.Product(0, axis), x[axis], x.Product(axis + 1, x.Rank), Shape.Of([.. x.Lengths[..axis], .. x.Lengths[(axis + 1)..]]));
}
