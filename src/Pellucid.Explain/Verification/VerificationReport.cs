namespace Pellucid.Explain.Verification;

/// <summary>What recomputing a trace found.</summary>
/// <param name="Ops">The operations that were recomputed.</param>
/// <param name="Unchecked">The operations that could not be, because a tensor of theirs was not captured; empty for a complete trace.</param>
/// <param name="MaxRelativeError">The largest error; see <see cref="Verifier"/> for what it is relative to. Infinite where a number is not finite and should be, or the other way round.</param>
/// <param name="Worst">The tensor in which it was found; empty when nothing was checked.</param>
/// <param name="Failures">Operations whose error is not below the tolerance, and contradictions of the graph with the tokens, worst first.</param>
/// <param name="Tolerance">What errors must stay below.</param>
public sealed record VerificationReport(
    int Ops, IReadOnlyList<string> Unchecked, double MaxRelativeError, string Worst, IReadOnlyList<VerificationFailure> Failures, double Tolerance)
{
    /// <summary>Something was checked, and all that was checked is right.</summary>
    public bool Ok => Ops > 0 && Failures.Count == 0;

    /// <summary>Several reports as one: those of the sentences of a text.</summary>
    public static VerificationReport Of(IReadOnlyList<VerificationReport> reports)
    {
        var worst = reports.Where(report => report.Worst.Length > 0).MaxBy(report => report.MaxRelativeError);
        return new VerificationReport(
            reports.Sum(report => report.Ops), [.. reports.SelectMany(report => report.Unchecked)], worst?.MaxRelativeError ?? 0, worst?.Worst ?? "",
            [.. reports.SelectMany(report => report.Failures).OrderByDescending(failure => failure.RelativeError)], reports.Count == 0 ? Verifier.Tolerance : reports.Max(report => report.Tolerance));
    }
}

/// <summary>A tensor that is not what its formula gives.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Kind">The kind of operation that computed it.</param>
/// <param name="Index">The worst element.</param>
/// <param name="Recorded">What the trace says.</param>
/// <param name="Recomputed">What the formula gives from the recorded inputs, in double precision.</param>
/// <param name="RelativeError">How far apart they are.</param>
public sealed record VerificationFailure(string Tensor, string Kind, int[] Index, double Recorded, double Recomputed, double RelativeError)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Tensor}[{string.Join(", ", Index)}] ({Kind}) is {Recorded:G9}, recomputed {Recomputed:G9}: error {RelativeError:0.0E-0}");
}
