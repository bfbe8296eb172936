using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Verification;

/// <summary>Whether the graph ran on the tokens that the header tells, what row t answered is what row t + 1 read, and the header's log-probabilities are the graph's.</summary>
internal static class TokenCheck
{
    internal static IEnumerable<VerificationFailure> Contradictions(Trace trace)
    {
        foreach (var (name, tokens) in new[] { ("encoder.embedding.rows", trace.Header.Source), ("decoder.embedding.rows", trace.Header.Target) })
            if (trace.Producer(name) is { Ids: { } ids } op && FirstDifference(ids, tokens) is var at and >= 0)
                yield return new VerificationFailure(name, op.Kind, [0, at], at < ids.Length ? ids[at] : -1, at < tokens.Count ? tokens[at].Id : -1, double.PositiveInfinity);
        for (int t = 0; t + 1 < trace.Header.Target.Count && t < trace.Header.Answer.Count; t++)
            if (trace.Header.Target[t + 1].Id is var read && trace.Header.Answer[t].Id is var answered && read != answered)
                yield return new VerificationFailure("decoder.embedding.rows", OpKinds.Lookup, [0, t + 1], read, answered, double.PositiveInfinity);
        const string all = "output.log_probabilities";
        if (trace.Find(all) is not { Values: { } values, Shape: [1, var rows, var vocabulary] })
            yield break;
        for (int t = 0; t < Math.Min(rows, Math.Min(trace.Header.Answer.Count, trace.Header.LogProbabilities.Count)); t++)
            if (trace.Header.Answer[t].Id is var id && (uint)id < (uint)vocabulary && !values[t * vocabulary + id].Equals(trace.Header.LogProbabilities[t]))
                yield return new VerificationFailure(all, OpKinds.LogSoftmax, [0, t, id], values[t * vocabulary + id], trace.Header.LogProbabilities[t], double.PositiveInfinity);
    }

    private static int FirstDifference(int[] ids, IReadOnlyList<TraceToken> tokens)
    {
        for (int i = 0; i < Math.Max(ids.Length, tokens.Count); i++)
            if (i >= ids.Length || i >= tokens.Count || ids[i] != tokens[i].Id)
                return i;
        return -1;
    }
}
