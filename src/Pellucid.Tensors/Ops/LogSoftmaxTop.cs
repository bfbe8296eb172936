using System.Runtime.InteropServices;
using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// The k largest of <see cref="LogSoftmax(Tensor)"/> over the last axis, best first and of equals the lower index, bit for bit its values, without computing the rest.
    /// Shapes: x <c>[R, N]</c>, results <c>[R, k]</c>. Inference only: there is no derivative.
    /// </summary>
    /// <param name="x">The logits.</param>
    /// <param name="k">How many to find; 0 when only <see cref="TopScores.Of"/> is wanted.</param>
    /// <param name="exclusions">Indices that are left out; null for none.</param>
    /// <exception cref="ShapeException">x is no matrix, or the exclusions are not those of R rows of N.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is negative.</exception>
    public static TopScores LogSoftmaxTop(this Tensor x, int k, Exclusions? exclusions = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        var op = new LogSoftmaxTopOp(k, exclusions);
        var values = op.Apply(x);
        return new TopScores(x, op.Normalizers, op.Indices, values);
    }
}

/// <summary>The largest log-probabilities of some rows of logits, and any other one on demand.</summary>
/// <param name="Logits">What they were computed from, <c>[R, N]</c>.</param>
/// <param name="Normalizers">max x and log Σ exp(x - max x) of every row, <c>[R, 2]</c>.</param>
/// <param name="Indices">The indices of the k largest, <c>[R, k]</c>, best first; -1 where a row has fewer that are allowed and more than negative infinity.</param>
/// <param name="Values">Their log-probabilities, <c>[R, k]</c>.</param>
public sealed record TopScores(Tensor Logits, Tensor Normalizers, int[] Indices, Tensor Values)
{
    /// <summary>The log-probability of a logit of its row, bit for bit the element of <see cref="TensorOps.LogSoftmax"/>.</summary>
    /// <param name="logit">x</param>
    /// <param name="max">The row's first normalizer.</param>
    /// <param name="logSum">The row's second normalizer.</param>
    public static float Of(float logit, float max, float logSum) => Kernels.LogSoftmaxTop.Value(logit, max, logSum);
}

/// <summary>Indices that a ranking leaves out: some in every row, others in one row. Refilled for every step, so that nothing is allocated.</summary>
public sealed class Exclusions
{
    private readonly byte[] everywhere;
    private readonly List<int> indices = [];
    private readonly List<int> ends = [];

    /// <param name="everywhere">By index, whether it is left out in every row; [N].</param>
    public Exclusions(bool[] everywhere) => this.everywhere = Array.ConvertAll(everywhere, excluded => excluded ? (byte)1 : (byte)0);

    /// <summary>Forgets what was left out row by row, and the rows.</summary>
    public void Clear()
    {
        indices.Clear();
        ends.Clear();
    }

    /// <summary>Leaves out an index of the row that <see cref="EndRow"/> will end.</summary>
    public void Add(int index) => indices.Add(index);

    /// <summary>Ends a row; the next call of <see cref="Add"/> is for the row behind it.</summary>
    public void EndRow() => ends.Add(indices.Count);

    internal ReadOnlySpan<byte> Everywhere => everywhere;
    internal ReadOnlySpan<int> Indices => CollectionsMarshal.AsSpan(indices);
    internal ReadOnlySpan<int> RowEnds => CollectionsMarshal.AsSpan(ends);

    internal bool Holds(int row, int index)
    {
        if (everywhere[index] != 0)
            return true;
        int start = row == 0 ? 0 : ends[row - 1];
        return Indices[start..ends[row]].Contains(index);
    }
}

/// <summary>y = the k largest of log softmax(x), exclusions apart. Inference only: it has no derivative.</summary>
internal sealed class LogSoftmaxTopOp(int k, Exclusions? exclusions) : Op
{
    private Tensor? normalizers;

    public override string Name => "log_softmax_top";

    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates => [("normalizers", Normalizers)];

    internal Tensor Normalizers => normalizers!;

    internal int[] Indices { get; private set; } = [];

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var x = inputs[0];
        var dims = Dims.Match(x, "R N");
        int rows = dims['R'], n = dims['N'];
        if (exclusions is not null && (exclusions.Everywhere.Length != n || exclusions.RowEnds.Length != rows))
            throw new ShapeException($"the exclusions are for {exclusions.RowEnds.Length} rows of {exclusions.Everywhere.Length}, the logits are {x.Shape}.");
        normalizers = Tensor.Allocate([rows, 2]);
        var values = Tensor.Allocate([rows, k]);
        Indices = new int[rows * k];
        Kernels.LogSoftmaxTop.Forward(x.Data, rows, n, k, exclusions is null ? default : exclusions.Everywhere, exclusions is null ? default : exclusions.Indices,
            exclusions is null ? default : exclusions.RowEnds, Indices, values.Data, normalizers.Data);
        return values;
    }

    internal override void Backward(Derivative d) =>
        throw new InvalidOperationException("a ranking has no derivative; train on LogSoftmax or CrossEntropy.");

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        int rows = inputs[0].Shape[0];
        var y = Twin.Zeros([rows, k]);
        Kernels.LogSoftmaxTop.Naive(inputs[0].Values, rows, inputs[0].Shape[1], k, (row, index) => exclusions?.Holds(row, index) ?? false, new int[rows * k], y.Values);
        return y;
    }
}
