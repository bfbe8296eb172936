using Pellucid.Tensors.Autograd;

namespace Pellucid.Tensors.Ops;

public static partial class TensorOps
{
    /// <summary>
    /// The mean over the targets that are not <paramref name="ignore"/> of
    /// <c>-(1 - ε) log p(target) - ε/V Σ_v log p(v)</c> with <c>p = softmax(logits)</c>: cross-entropy with label smoothing ε
    /// (Szegedy et al. 2016, section 7), as PyTorch's CrossEntropyLoss. No target left gives 0.
    /// Shapes: logits <c>[..., V]</c>, targets <c>[...]</c>, result a scalar <c>[]</c>, in nats.
    /// </summary>
    /// <param name="normalizer">Divides by this instead of the number of targets, when one step's loss is summed over several batches.</param>
    /// <exception cref="ShapeException">There is not one target for each row of logits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target lies outside the vocabulary.</exception>
    public static Tensor CrossEntropy(this Tensor logits, Indices targets, float labelSmoothing = 0, int ignore = -1, double? normalizer = null) =>
        new CrossEntropyOp(targets, labelSmoothing, ignore, normalizer).Apply(logits);
}

/// <summary>With z = logsumexp(logits): loss_r = z - (1-ε) logit[target] - ε/V Σ logits. dlogits = (softmax - (1-ε) onehot - ε/V) dy / n.</summary>
internal sealed class CrossEntropyOp(Indices targets, float smoothing, int ignore, double? normalizer) : Op
{
    private Tensor? logSumExp, rowLoss;
    private double divisor;

    public override string Name => "cross_entropy";

    /// <summary>The <c>log_sum_exp</c> and the loss (<c>rows</c>) of every row of logits, <c>[rows]</c>; both zero where the target is ignored.</summary>
    public override IReadOnlyList<(string Name, Tensor Value)> Intermediates => logSumExp is null ? [] : [("log_sum_exp", logSumExp), ("rows", rowLoss!)];

    internal int[] Targets => targets.Values.ToArray();

    internal float Smoothing => smoothing;

    internal int Ignore => ignore;

    /// <summary>n, what the sum of the rows' losses is divided by.</summary>
    internal double Divisor => divisor;

    internal override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        var logits = inputs[0];
        int rows = logits.Shape.Rows, v = logits.Shape[^1];
        if (targets.Shape.Count != rows)
            throw new ShapeException($"logits {logits.Shape} have {rows} rows, targets {targets.Shape} have {targets.Shape.Count} entries: one target for each row is wanted.");
        foreach (int target in targets.Values)
        {
            if (target == ignore)
                continue;
            if ((uint)target >= (uint)v)
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"target id {target} lies outside the vocabulary of {v}.");
        }
        rowLoss = Tensor.Allocate([rows]);
        logSumExp = Tensor.Allocate([rows]);
        var result = Kernels.CrossEntropy.Forward(logits.Data, targets.Values, rows, v, smoothing, ignore, rowLoss.Data, logSumExp.Data);
        divisor = normalizer ?? Math.Max(result.Counted, 1);
        return Tensor.Scalar((float)(result.Sum / divisor));
    }

    internal override void Backward(Derivative d)
    {
        if (!d.Wants(0))
            return;
        var logits = d.Input(0);
        bool accumulate = false;
        if (!d.TryReuseInput(0, out var dx)) // logits are large, and as a rule nobody needs them any more
            dx = d.Into(0, out accumulate);
        Kernels.CrossEntropy.Backward(logits.Data, logSumExp!.Data, targets.Values, logits.Shape.Rows, logits.Shape[^1], smoothing, ignore,
            (float)(d.Gradient[0] / divisor), dx, accumulate);
    }

    internal override Twin Reference(ReadOnlySpan<Twin> inputs)
    {
        var logits = inputs[0];
        int rows = logits.Shape.Rows, v = logits.Shape[^1];
        double sum = 0;
        for (int r = 0; r < rows; r++)
            if (targets.Values[r] != ignore)
                sum += Kernels.CrossEntropy.NaiveRow(logits.Values.AsSpan(r * v, v), targets.Values[r], smoothing);
        int counted = targets.Values.Length - targets.Values.Count(ignore);
        return new Twin([], [sum / (normalizer ?? Math.Max(counted, 1))]);
    }
}
