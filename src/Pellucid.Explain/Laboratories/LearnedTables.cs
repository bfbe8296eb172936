using Pellucid.Tensors;

namespace Pellucid.Explain.Laboratories;

/// <summary>The latest tables that the laboratory learned, by size; the least recently used goes first. Safe for concurrent callers.</summary>
internal sealed class LearnedTables(int capacity)
{
    private readonly Lock gate = new();
    private readonly OrderedDictionary<(int Length, int Width), (Tensor Table, PositionLearning Learning)> bySize = []; // the latest last

    /// <summary>The table of this size, learned now if it is not there; what learning throws is thrown, and nothing is kept of it.</summary>
    internal (Tensor Table, PositionLearning Learning) Get((int Length, int Width) size, Func<(Tensor Table, PositionLearning Learning)> learn)
    {
        lock (gate)
            if (bySize.Remove(size, out var known))
            {
                bySize.Add(size, known);
                return known;
            }
        var found = learn(); // outside the lock: others need not wait for it
        lock (gate)
        {
            bySize[size] = found;
            if (bySize.Count > capacity)
                bySize.RemoveAt(0);
        }
        return found;
    }
}
