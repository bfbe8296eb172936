using Pellucid.Tensors.Autograd;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// How far two predictions of the same targets lie apart: the sum over the targets that are not <paramref name="ignore"/> of
    /// <c>½ (KL(p‖q) + KL(q‖p))</c>, divided by <paramref name="normalizer"/>, where p is the softmax of a row in the first half of the logits and q of the
    /// same row in the second half (Liang et al. 2021, "R-Drop", eq. 2).
    /// Shapes: logits <c>[2B, ..., V]</c>, targets <c>[B, ...]</c>, result a scalar <c>[]</c>, in nats.
    /// </summary>
    /// <param name="normalizer">null: the number of targets that count.</param>
    /// <exception cref="ShapeException">There are not two rows of logits for each target.</exception>
    public static Tensor SymmetricDivergence(this Tensor logits, Indices targets, int ignore = -1, double? normalizer = null) =>
        new SymmetricDivergenceOp(targets, ignore, normalizer).Apply(logits);
}

/// <summary>d = ½ Σ (p - q)(ln p - ln q). da = ½ (p (ln p - ln q - KL(p‖q)) + p - q) dy / n, db likewise with the sides exchanged.</summary>
internal sealed class SymmetricDivergenceOp(Indices targets, int ignore, double? normalizer) : Op
{
    private readonly bool[] counted = [.. targets.Values.ToArray().Select(target => target != ignore)];
    private Tensor? state;

    public override string Name => "symmetric_divergence";

    private int Rows => counted.Length;

    private double Divisor => normalizer ?? Math.Max(counted.Count(counts => counts), 1);

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var logits = inputs[0];
        if (logits.Shape.Rank < 2 || logits.Shape.Rows != 2 * Rows)
            throw new ShapeException($"logits {logits.Shape} and targets {targets.Shape}: two rows of logits for each target are wanted, the first half from one pass, the second from another.");
        state = Tensor.Allocate([Rows, Divergence.RowState]);
        int half = logits.Count / 2;
        double sum = Divergence.Forward(logits.Data[..half], logits.Data[half..], counted, Rows, logits.Shape[^1], state.Data);
        return Tensor.Scalar((float)(sum / Divisor));
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var logits = d.Input(0);
        int half = logits.Count / 2;
        var dx = d.Into(0, out bool accumulate);
        Divergence.Backward(logits.Data[..half], logits.Data[half..], counted, Rows, logits.Shape[^1], state!.Data, (float)(d.Gradient[0] / Divisor), dx[..half], dx[half..], accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var logits = inputs[0];
        int v = logits.Shape[^1];
        double sum = 0;
        for (int r = 0; r < Rows; r++)
            if (counted[r])
                sum += Divergence.NaiveRow(logits.Values.AsSpan(r * v, v), logits.Values.AsSpan((Rows + r) * v, v));
        return new Twin([], [sum / Divisor]);
    }
}
