namespace Pellucid.Explain.Traces;

/// <summary>Where two traces part.</summary>
/// <param name="Op">The number of the first operation that differs, from 0.</param>
/// <param name="Tensor">The first tensor that differs: an operation's output, or a weight that the operation is the first to read.</param>
/// <param name="What">In words: the element and both values, or what else is not the same.</param>
public sealed record TraceDifference(int Op, string Tensor, string What);

/// <summary>Compares traces bit for bit.</summary>
/// <param name="Difference">The first difference; null when there is none.</param>
/// <param name="Compared">Tensors whose values were compared.</param>
/// <param name="NotCompared">Tensors that one of the traces did not capture.</param>
public sealed record TraceDiff(TraceDifference? Difference, int Compared, int NotCompared)
{
    /// <summary>Walks both graphs in their order to the first operation that is not the same or did not compute the same bits.</summary>
    public static TraceDiff Of(Trace a, Trace b)
    {
        var (compared, notCompared) = (0, 0);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Math.Max(a.Ops.Count, b.Ops.Count); i++)
        {
            if (i >= a.Ops.Count || i >= b.Ops.Count)
                return Found(i, (i < a.Ops.Count ? a : b).Ops[i].Output, $"only the {(i < a.Ops.Count ? "first" : "second")} trace goes on");
            if (Graphs(a.Ops[i], b.Ops[i]) is { } graph)
                return Found(i, a.Ops[i].Output, graph);
            foreach (string name in a.Ops[i].Inputs.Select(input => input.Tensor).Append(a.Ops[i].Output).Where(seen.Add))
            {
                var (first, second) = (a.Find(name)!, b.Find(name)!);
                if (!first.Shape.SequenceEqual(second.Shape))
                    return Found(i, name, $"[{string.Join(", ", first.Shape)}] in the first, [{string.Join(", ", second.Shape)}] in the second");
                if (!first.IsCaptured || !second.IsCaptured)
                    notCompared++;
                else if (Values(first, second) is { } values)
                    return Found(i, name, values);
                else
                    compared++;
            }
        }
        return new TraceDiff(null, compared, notCompared);

        TraceDiff Found(int op, string tensor, string what) => new(new TraceDifference(op, tensor, what), compared, notCompared);
    }

    private static string? Graphs(TraceOp a, TraceOp b)
    {
        if (a.Kind != b.Kind || a.Output != b.Output || !a.Inputs.SequenceEqual(b.Inputs))
            return $"the second trace has {b.Kind} {b.Output} there";
        if (!a.Numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal).SequenceEqual(b.Numbers.OrderBy(pair => pair.Key, StringComparer.Ordinal)))
            return "its numbers are others";
        if (!(a.Ids ?? []).SequenceEqual(b.Ids ?? []))
            return Ids(a.Ids ?? [], b.Ids ?? []);
        return (a.Visible ?? []).SequenceEqual(b.Visible ?? []) ? null : "another mask";
    }

    // A batch has thousands: the first that differs says enough.
    private static string Ids(int[] a, int[] b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        return at < a.Length && at < b.Length ? $"id {at} is {a[at]} in the first, {b[at]} in the second" : $"it has {a.Length} ids in the first, {b.Length} in the second";
    }

    private static string? Values(TraceTensor a, TraceTensor b)
    {
        var (first, largest, count) = (-1, 0.0, 0);
        for (int i = 0; i < a.Values!.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(a.Values[i]) == BitConverter.SingleToInt32Bits(b.Values![i]))
                continue;
            if (first < 0)
                first = i;
            count++;
            if (Math.Abs((double)a.Values[i] - b.Values[i]) is var difference && !(difference <= largest))
                largest = difference;
        }
        return first < 0 ? null : FormattableString.Invariant(
            $"{count} of {a.Values.Length} elements differ, by {largest:G3} at most; the first is element {first}: {a.Values[first]:R} and {b.Values![first]:R}");
    }
}
