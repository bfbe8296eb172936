using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// <c>y[b, t] = dropout(scale · table[ids[b, t]] + positions[t])</c> in one pass: what enters a Transformer (Vaswani et al. 2017, sections 3.4, 3.5 and 5.4).
    /// The same bits as <see cref="Embed(Tensor, Indices, float)"/>, <see cref="Add"/> and <see cref="Dropout"/> one after the other.
    /// Shapes: table <c>[V, D]</c>, ids <c>[B, T]</c>, positions <c>[T, D]</c>, result <c>[B, T, D]</c>.
    /// </summary>
    /// <exception cref="ShapeException">There is not one position for each column of ids, or the widths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below V, or the dropout's probability is not in [0, 1).</exception>
    public static Tensor Embed(this Tensor table, Indices ids, float scale, Tensor positions, DropoutSite? dropout = null)
    {
        if (table is Parameter { Storage.HoldsValues: false })
        {
            var y = table.Embed(ids, scale).Add(positions);
            return dropout is { } site ? y.Dropout(site.Probability, site.Key) : y;
        }
        return new EmbedPositionsOp(ids, scale, dropout).Apply(table, positions);
    }
}

/// <summary>
/// y_bt = (scale · table[id_bt] + positions_t) m/(1-p). With g = dy m/(1-p): dtable[v] = scale · Σ over the positions with id v of g, dpositions_t = Σ_b g_bt.
/// </summary>
internal sealed class EmbedPositionsOp(Indices ids, float scale, DropoutSite? dropout) : Op
{
    private Tensor? rows, embedded, sum, dsum;
    private DropoutBits mask;

    public override string Name => "embed_positions";

    internal override DropoutSite? Dropout => dropout;

    internal override DropoutBits Kept => mask;

    internal override bool ReadsOutput => false;

    /// <summary>The table's <c>rows</c>, the scaled embeddings before the positions are added (<c>embedded</c>) and, where dropout follows, the <c>sum</c> of both, each <c>[B, T, D]</c>.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates =>
        embedded is null ? [] : sum is null ? [("rows", rows!), ("embedded", embedded)] : [("rows", rows!), ("embedded", embedded), ("sum", sum)];

    /// <summary>Of the <c>sum</c>, where dropout follows it.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> GradientIntermediates => dsum is null ? [] : [("sum", dsum)];

    internal Indices Ids => ids;

    internal float Scale => scale;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var dims = Dims.Match(inputs[0], "V D", "table").And(inputs[1], "T D", "positions");
        int v = dims['V'], d = dims['D'], t = dims['T'];
        if (ids.Shape.Rank != 2 || ids.Shape[1] != t)
            throw new ShapeException($"positions {inputs[1].Shape} belong to ids of shape [B, {t}], got {ids.Shape}.");
        EmbedOp.Check(ids, v);
        Shape shape = [ids.Shape[0], t, d];
        mask = new DropoutBits(dropout, shape.Count);
        if (Traced)
        {
            (rows, embedded) = (Tensor.Allocate(shape), Tensor.Allocate(shape));
            Embedding.Gather(inputs[0].Data, v, d, ids.Values, 1, rows.Data);
            Embedding.Gather(inputs[0].Data, v, d, ids.Values, scale, embedded.Data);
        }
        var y = Tensor.Allocate(shape);
        sum = Traced && mask.Any ? Tensor.Allocate(shape) : null;
        if (sum is null)
        {
            Embedding.GatherAt(inputs[0].Data, v, d, ids.Values, scale, inputs[1].Data, t, mask.Data, mask.Probability, y.Data);
            return y;
        }
        Embedding.GatherAt(inputs[0].Data, v, d, ids.Values, scale, inputs[1].Data, t, default, 0, sum.Data);
        Kernels.Dropout.Apply(mask.Data, mask.Probability, sum.Data, y.Data);
        return y;
    }

    internal override void Backward(Derivative d)
    {
        var g = d.Gradient;
        if (mask.Any)
        {
            dsum = Traced ? Tensor.Allocate(d.Output.Shape) : null;
            var dropped = dsum is null ? d.GradientScratch() : dsum.Data;
            Kernels.Dropout.Apply(mask.Data, mask.Probability, d.Gradient, dropped);
            g = dropped;
        }
        if (d.Wants(0))
            Embedding.Scatter(g, ids.Values, scale, d.Input(0).Shape[0], d.Input(0).Shape[1], d.IntoSum(0));
        if (d.Wants(1))
            d.AddReduced(1, g);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var y = new EmbedOp(ids, scale).Reference(inputs);
        var positions = inputs[1].Values;
        return DropoutBits.Reference(dropout, new Twin(y.Shape, [.. y.Values.Select((value, i) => value + positions[i % positions.Length])]));
    }
}
