using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// The rows of a table, times <paramref name="scale"/>: <c>y[b, t] = scale · table[ids[b, t]]</c>.
    /// Shapes: table <c>[V, D]</c>, ids <c>[...]</c>, result <c>[..., D]</c>. The scale is sqrt(D) in Vaswani et al. 2017, section 3.4.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below V.</exception>
    public static Tensor Embed(this Tensor table, Indices ids, float scale = 1) => new EmbedOp(ids, scale).Apply(table);
}

/// <summary>y_i = scale · table[id_i]. dtable[v] = scale · Σ over the positions i with id_i = v of dy_i, in order of position.</summary>
internal sealed class EmbedOp(Indices ids, float scale) : Op
{
    private Tensor? rows;

    public override string Name => "embed";

    /// <summary>The table's <c>rows</c> before they are scaled, <c>[..., D]</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates => rows is null ? [] : [("rows", rows)];

    internal Indices Ids => ids;

    internal float Scale => scale;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var dims = Dims.Match(inputs[0], "V D");
        int v = dims['V'], d = dims['D'];
        Check(ids, v);
        var y = Tensor.Allocate(Shape.Of([.. ids.Shape.Lengths, d]));
        rows = Traced ? Tensor.Allocate(y.Shape) : null;
        if (rows is not null)
            Gather(inputs[0], v, d, 1, rows);
        Gather(inputs[0], v, d, scale, y);
        return y;
    }

    private void Gather(Tensor table, int v, int d, float factor, Tensor y)
    {
        if (table is Parameter { Storage.HoldsValues: false, Packed: { } packed })
            packed.Gather(ids.Values, factor, y.Data);
        else
            Embedding.Gather(table.Data, v, d, ids.Values, factor, y.Data);
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        Embedding.Scatter(d.Gradient, ids.Values, scale, d.Input(0).Shape[0], d.Input(0).Shape[1], d.IntoSum(0));
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        int d = inputs[0].Shape[1];
        var y = Twin.Zeros(Shape.Of([.. ids.Shape.Lengths, d]));
        for (int i = 0; i < ids.Values.Length; i++)
            for (int j = 0; j < d; j++)
                y.Values[i * d + j] = scale * inputs[0].Values[ids.Values[i] * d + j];
        return y;
    }

    internal static void Check(Indices ids, int v)
    {
        foreach (int id in ids.Values)
            if ((uint)id >= (uint)v)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"token id {id} lies outside the vocabulary of {v}; do the tokenizer and the model belong together?");
    }
}
