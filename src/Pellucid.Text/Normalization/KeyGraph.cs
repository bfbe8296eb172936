namespace Pellucid.Text.Normalization;

/// <summary>A trie of keys whose equal subtrees are one: the smallest acyclic automaton, built from the bottom.</summary>
internal sealed class KeyGraph
{
    private readonly IReadOnlyList<byte[]> _keys;
    private readonly IReadOnlyList<int> _values;
    private readonly List<(byte Label, int Target)[]> _nodes = [];
    private readonly Dictionary<(byte Label, int Target)[], int> _known = new(new SameChildren());

    public KeyGraph(IReadOnlyList<byte[]> keys, IReadOnlyList<int> values)
    {
        _keys = keys;
        _values = values;
        Root = Node(0, keys.Count, 0);
    }

    public int Root { get; }

    public int Count => _nodes.Count;

    /// <summary>By ascending label. The label 0 ends a key, and its target is the value; every other target is a node.</summary>
    public ReadOnlySpan<(byte Label, int Target)> Children(int node) => _nodes[node];

    // Of the keys from begin to end, which agree up to depth.
    private int Node(int begin, int end, int depth)
    {
        var children = new List<(byte, int)>();
        for (var i = begin; i < end;)
        {
            var label = Label(i, depth);
            var first = i;
            while (i < end && Label(i, depth) == label) i++;
            children.Add((label, label == 0 ? _values[first] : Node(first, i, depth + 1)));
        }
        (byte Label, int Target)[] key = [.. children];
        if (_known.TryGetValue(key, out var node)) return node;
        _known[key] = _nodes.Count;
        _nodes.Add(key);
        return _nodes.Count - 1;
    }

    private byte Label(int key, int depth) => depth < _keys[key].Length ? _keys[key][depth] : (byte)0;

    private sealed class SameChildren : IEqualityComparer<(byte Label, int Target)[]>
    {
        public bool Equals((byte Label, int Target)[]? x, (byte Label, int Target)[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode((byte Label, int Target)[] children)
        {
            var hash = new HashCode();
            foreach (var (label, target) in children) hash.Add(target * 257 + label);
            return hash.ToHashCode();
        }
    }
}
