using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Cross entropy against smoothed labels, as PyTorch's CrossEntropyLoss(label_smoothing, ignore_index): the target
/// distribution is (1 - ε)·onehot + ε/V (Szegedy et al. 2016, section 7), and ignored rows count nowhere.
/// </summary>
internal static unsafe class CrossEntropy
{
    /// <summary>The sum over counted rows (in row order, in double) and how many they are; the loss is their quotient.</summary>
    public readonly record struct Result(double Sum, int Counted)
    {
        public double Mean => Counted == 0 ? 0 : Sum / Counted;
    }

    /// <summary>
    /// Logits [rows, V]; rowLoss [rows] is zero for ignored rows; rowLogSumExp [rows] is what <see cref="Backward"/> needs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A target is neither ignored nor inside the vocabulary.</exception>
    public static Result Forward(ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, int rows, int V, float eps, int ignoreIndex,
        Span<float> rowLoss, Span<float> rowLogSumExp)
    {
        Check(logits.Length, targets, rows, V, ignoreIndex);
        Edge.Length(rowLoss.Length, rows, nameof(rowLoss));
        Edge.Length(rowLogSumExp.Length, rows, nameof(rowLogSumExp));
        fixed (float* px = logits, pl = rowLoss, pz = rowLogSumExp)
        fixed (int* pt = targets)
            Split.Over(rows, 8L * V, new ForwardBody { X = px, Targets = pt, Loss = pl, LogSumExp = pz, V = V, Eps = eps, Ignore = ignoreIndex });
        double sum = 0;
        int counted = 0;
        for (int r = 0; r < rows; r++)
        {
            if (targets[r] == ignoreIndex) continue;
            sum += rowLoss[r];
            counted++;
        }
        return new Result(sum, counted);
    }

    /// <summary>dlogits = scale·(softmax - (1 - ε)·onehot - ε/V); zero for ignored rows. May overwrite the logits themselves.</summary>
    public static void Backward(ReadOnlySpan<float> logits, ReadOnlySpan<float> rowLogSumExp, ReadOnlySpan<int> targets, int rows, int V,
        float eps, int ignoreIndex, float scale, Span<float> dlogits, bool accumulate = false)
    {
        Check(logits.Length, targets, rows, V, ignoreIndex);
        Edge.Length(rowLogSumExp.Length, rows, nameof(rowLogSumExp));
        Edge.Length(dlogits.Length, logits.Length, nameof(dlogits));
        fixed (float* px = logits, pz = rowLogSumExp, pd = dlogits)
        fixed (int* pt = targets)
            Split.Over(rows, 8L * V, new BackwardBody
            {
                X = px, LogSumExp = pz, Targets = pt, Dx = pd, V = V, Eps = eps, Ignore = ignoreIndex, Scale = scale, Accumulate = accumulate,
            });
    }

    /// <summary>The loss of one row in double; the caller averages.</summary>
    public static double NaiveRow(ReadOnlySpan<double> x, int target, double eps)
    {
        double max = double.NegativeInfinity, sum = 0, smooth = 0;
        foreach (double v in x) max = Math.Max(max, v);
        foreach (double v in x) sum += Math.Exp(v - max);
        double z = max + Math.Log(sum);
        if (eps != 0) foreach (double v in x) smooth += z - v;
        return (1 - eps) * (z - x[target]) + eps * smooth / x.Length;
    }

    private static void Check(int length, ReadOnlySpan<int> targets, int rows, int V, int ignoreIndex)
    {
        Edge.Length(length, Edge.Count(rows, V), "logits");
        Edge.Length(targets.Length, rows, nameof(targets));
        for (int r = 0; r < rows; r++)
            if (targets[r] != ignoreIndex && (uint)targets[r] >= (uint)V)
                throw new ArgumentOutOfRangeException(nameof(targets), $"Target {targets[r]} at row {r} is not a token of a vocabulary of {V} (and is not the ignored {ignoreIndex}).");
    }

    private struct ForwardBody : IRangeBody
    {
        public float* X, Loss, LogSumExp;
        public int* Targets;
        public int V, Ignore;
        public float Eps;

        public readonly void Run(int start, int end)
        {
            for (int r = start; r < end; r++)
            {
                if (Targets[r] == Ignore)
                {
                    Loss[r] = LogSumExp[r] = 0;
                    continue;
                }
                float* x = X + (long)r * V;
                var (max, logSum, sum) = LogSoftmax.LogSumExpAndSum(x, V);
                double z = max + logSum;
                double loss = (1.0 - Eps) * (z - x[Targets[r]]);
                if (Eps != 0) loss += Eps * (z - (double)sum / V);
                LogSumExp[r] = (float)z;
                Loss[r] = (float)loss;
            }
        }
    }

    private struct BackwardBody : IRangeBody
    {
        public float* X, LogSumExp, Dx;
        public int* Targets;
        public int V, Ignore;
        public float Eps, Scale;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            float spread = Eps / V;
            for (int r = start; r < end; r++)
            {
                float* x = X + (long)r * V;
                float* dx = Dx + (long)r * V;
                if (Targets[r] == Ignore)
                {
                    if (!Accumulate) new Span<float>(dx, V).Clear();
                    continue;
                }
                Pass.Row(x, x, dx, V, new Gradient { LogSumExp = LogSumExp[r], Spread = spread, Scale = Scale }, Accumulate);
                dx[Targets[r]] -= Scale * (1f - Eps);
            }
        }
    }

    private struct Gradient : IElementFunction
    {
        public float LogSumExp, Spread, Scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<float> Invoke(Vector512<float> x, Vector512<float> _) =>
            Lanes.Fma(VectorMath.ExpNormal(x - Lanes.Set(LogSumExp)), Lanes.Set(Scale), Lanes.Set(-Scale * Spread));
    }
}
