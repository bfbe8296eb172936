using Pellucid.Explain.Traces;
using Pellucid.Tensors;

namespace Pellucid.Explain.Verification;

/// <summary>
/// Recomputes every operation of a trace from its recorded inputs, in double precision with the naive twins, and compares. An operation is judged by its own inputs alone,
/// so an error is found where it was made and named once.
/// </summary>
/// <remarks>
/// The error of an element is <c>|recorded − recomputed| / max(|recomputed|, size of its terms)</c>. The size of a sum's terms is the root of the sum of their squares: what the
/// sum would come to if nothing cancelled systematically, and what rounding is relative to. For <c>exp(x − m) / Σ</c> in a softmax over n it is the value times <c>1 + |x − m| + √(n/16)</c>: the condition of the exponential, and what the steps of a sum in sixteen lanes may lose of small terms beside a large one.
/// Where no terms cancel (products, quotients, functions of one sign) it is the value itself. Where nothing is rounded (lookups, masks, reshapes, ReLU, int8 numbers) any difference is infinite.
/// A difference below the smallest normal float32 number, 2^-126, is none. Equal infinities are equal, and so are two NaN.
/// </remarks>
public static class Verifier
{
    /// <summary>Errors must stay below this.</summary>
    public const double Tolerance = 1e-5;

    private const double SmallestNormal = 1.1754943508222875e-38;

    /// <param name="trace">The trace; malformed graphs are for <see cref="TraceFile.Read"/> to refuse.</param>
    /// <param name="tolerance">What every error must stay below.</param>
    /// <param name="progress">Operations done so far, after each one, on the thread that did it.</param>
    /// <param name="cancellation">Ends the work between two operations.</param>
    public static VerificationReport Verify(Trace trace, double tolerance = Tolerance, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        int done = 0;
        var results = new VerificationFailure?[trace.Ops.Count];
        Parallel.For(0, results.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Threading.Count },
            i =>
            {
                results[i] = IsCaptured(trace, trace.Ops[i]) ? Check(trace, trace.Ops[i]) : null;
                progress?.Report(Interlocked.Increment(ref done));
            });
        VerificationFailure[] found = [.. results.OfType<VerificationFailure>()];
        var worst = found.MaxBy(result => result.RelativeError);
        return new VerificationReport(
            found.Length, [.. trace.Ops.Where((_, i) => results[i] is null).Select(op => op.Output)], worst?.RelativeError ?? 0, worst?.Tensor ?? "",
            [.. TokenCheck.Contradictions(trace).Concat(found.Where(result => !(result.RelativeError < tolerance))).OrderByDescending(result => result.RelativeError)], tolerance);
    }

    private static bool IsCaptured(Trace trace, TraceOp op) =>
        trace.Find(op.Output)!.IsCaptured && op.Inputs.All(input => trace.Find(input.Tensor)!.IsCaptured);

    /// <summary>The worst element of an operation's output.</summary>
    private static VerificationFailure Check(Trace trace, TraceOp op)
    {
        var output = trace.Find(op.Output)!;
        var twin = OpTwins.Of(trace, op);
        var (worst, at) = (-1.0, 0);
        float[] recorded = output.Values!;
        for (int i = 0; i < twin.Values.Length; i++)
            if (Error(recorded[i], twin, i) is var error && error > worst)
                (worst, at) = (error, i);
        return worst < 0
            ? new VerificationFailure(op.Output, op.Kind, [], 0, 0, 0)
            : new VerificationFailure(op.Output, op.Kind, IndexOf(at, output.Shape), recorded[at], twin.Values[at], worst);
    }

    private static double Error(float recorded, OpTwin twin, int i)
    {
        var (recomputed, size) = (twin.Values[i], twin.Size(i));
        if (recorded == recomputed || (float.IsNaN(recorded) && double.IsNaN(recomputed)))
            return 0;
        double difference = Math.Abs(recorded - recomputed);
        if (twin.IsExact || !double.IsFinite(difference))
            return double.PositiveInfinity;
        return difference <= SmallestNormal ? 0 : difference / Math.Max(Math.Abs(recomputed), double.IsFinite(size) ? size : 0);
    }

    private static int[] IndexOf(int at, int[] shape)
    {
        int[] index = new int[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (at, index[axis]) = Math.DivRem(at, shape[axis]);
        return index;
    }
}
