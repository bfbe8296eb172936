using System.Runtime.InteropServices;

namespace Pellucid.Text.Metrics;

/// <summary>
/// Counts the n-grams of 1 to <paramref name="maxOrder"/> symbols. Every distinct n-gram is a node of a trie, shared by all
/// sequences of a segment, so that equal n-grams have equal numbers and nothing is left to a hash alone.
/// </summary>
internal sealed class NGramCounter(int maxOrder)
{
    private readonly Dictionary<long, int> _children = [];
    private readonly List<int> _orders = [];

    /// <summary>Forgets all n-grams, so that the next segment can use the same memory.</summary>
    public void Clear()
    {
        _children.Clear();
        _orders.Clear();
    }

    /// <summary>How often each n-gram known so far occurs in <paramref name="symbols"/> (which are not negative).</summary>
    public int[] Count(ReadOnlySpan<int> symbols)
    {
        var counts = new List<int>(_orders.Count + symbols.Length);
        CollectionsMarshal.SetCount(counts, _orders.Count);
        CollectionsMarshal.AsSpan(counts).Clear();
        for (var start = 0; start < symbols.Length; start++)
        {
            var node = -1;
            for (var order = 0; order < maxOrder && start + order < symbols.Length; order++)
            {
                var key = ((long)(node + 1) << 32) | (uint)symbols[start + order];
                ref var child = ref CollectionsMarshal.GetValueRefOrAddDefault(_children, key, out var known);
                if (!known)
                {
                    child = _orders.Count;
                    _orders.Add(order);
                    counts.Add(0);
                }

                node = child;
                counts[node]++;
            }
        }

        return [.. counts];
    }

    /// <summary>Adds to <paramref name="matches"/>, order by order, how many n-grams two counts have in common.</summary>
    public void AddMatches(ReadOnlySpan<int> counts, ReadOnlySpan<int> others, Span<long> matches)
    {
        var known = Math.Min(counts.Length, others.Length);
        for (var node = 0; node < known; node++) matches[_orders[node]] += Math.Min(counts[node], others[node]);
    }

    /// <summary>A sequence of <paramref name="length"/> symbols has max(0, length - n + 1) n-grams of order n.</summary>
    public static void AddTotals(int length, Span<long> totals)
    {
        for (var n = 1; n <= totals.Length; n++) totals[n - 1] += Math.Max(0, length - n + 1);
    }
}
