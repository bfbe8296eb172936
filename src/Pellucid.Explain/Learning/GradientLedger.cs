using Pellucid.Explain.Traces;

namespace Pellucid.Explain.Learning;

/// <summary>
/// What arrives at every tensor on the way back, in order. A tensor that several operations read gets its gradient from each of them, one after the other: what has arrived before the last
/// is <c>gradient:NAME@1</c>, <c>@2</c>, and so on, and the whole is <c>gradient:NAME</c>.
/// </summary>
internal sealed class GradientLedger(TracePattern capture)
{
    private readonly List<Entry> entries = [];
    private readonly Dictionary<string, int> arrivals = new(StringComparer.Ordinal);

    private sealed record Entry(string Target, int Number, float[]? Values, TraceOp Op);

    /// <summary>The name of the gradient of a tensor that nothing more will reach.</summary>
    internal static string Name(string tensor) => "gradient:" + tensor;

    /// <summary>The sum so far, after one more operation has added to it.</summary>
    /// <param name="target">The tensor whose gradient it is.</param>
    /// <param name="values">The sum.</param>
    /// <param name="kind">One of <see cref="LearningKinds"/> or <see cref="OpKinds"/>.</param>
    /// <param name="inputs">What it was computed from, besides what had arrived before.</param>
    /// <param name="numbers">The constants of its formula.</param>
    /// <param name="ids">Token ids, where the formula has them.</param>
    /// <param name="visible">The mask, where the formula has one.</param>
    internal void Arrive(
        string target, ReadOnlySpan<float> values, string kind, IEnumerable<(string Role, string Tensor)> inputs, IReadOnlyDictionary<string, double>? numbers = null, int[]? ids = null, bool[]? visible = null)
    {
        int number = arrivals[target] = arrivals.GetValueOrDefault(target) + 1;
        List<TraceInput> roles = [.. inputs.Select(input => new TraceInput(input.Role, input.Tensor))];
        if (number > 1)
            roles.Add(new TraceInput("before", Partial(target, number - 1)));
        // Whether more is to come, and so which of both names it gets, is not known yet.
        bool isWanted = capture.Captures(Name(target)) || capture.Captures(Partial(target, number));
        entries.Add(new Entry(target, number, isWanted ? values.ToArray() : null, new TraceOp(kind, "", roles, numbers ?? new Dictionary<string, double>(), ids, visible)));
    }

    /// <summary>The operations in order and the tensors that they made, each with the axes and shape of the tensor whose gradient it is.</summary>
    internal void WriteTo(List<TraceOp> ops, List<TraceTensor> tensors, Func<string, TraceTensor> original)
    {
        foreach (var entry in entries)
        {
            string name = entry.Number == arrivals[entry.Target] ? Name(entry.Target) : Partial(entry.Target, entry.Number);
            var like = original(entry.Target);
            ops.Add(entry.Op with { Output = name });
            tensors.Add(new TraceTensor(name, like.Axes, like.Shape, TensorOrigin.Computed, capture.Captures(name) ? entry.Values : null));
        }
    }

    private static string Partial(string target, int number) => FormattableString.Invariant($"{Name(target)}@{number}");
}
