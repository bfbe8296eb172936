namespace Pellucid.Text.Normalization;

/// <summary>
/// Builds a double-array trie in the units of <see cref="CharsMap"/>: the children of a node stand at its offset XOR their labels
/// (Aoe 1989). Equal subtrees are stored once, as darts-clone does: of the quarter of a million rules of nmt_nfkc most end alike.
/// </summary>
internal sealed class DoubleArray
{
    private const int Block = 256;
    private const uint Empty = 1u << 31; // a label that no byte has
    private const int Tries = 512;

    private readonly List<uint> _units = [];
    private readonly List<bool> _taken = [];
    private readonly List<bool> _offsets = []; // two different nodes must not share one
    private int _firstFree = 1;

    private DoubleArray()
    {
    }

    /// <summary>The units of a trie.</summary>
    /// <param name="keys">In ascending order of their bytes, each once, none empty, without null bytes.</param>
    /// <param name="values">One for each key, not negative.</param>
    /// <exception cref="TextException">The keys are too many.</exception>
    public static uint[] Build(IReadOnlyList<byte[]> keys, IReadOnlyList<int> values)
    {
        var graph = new KeyGraph(keys, values);
        var array = new DoubleArray();
        array.Grow();
        array._taken[0] = true;
        var offsets = new int[graph.Count]; // of the nodes that are placed; 0: not yet
        var pending = new Stack<(int Unit, int Node)>();
        pending.Push((0, graph.Root));
        while (pending.TryPop(out var next)) array.Place(next.Unit, next.Node, graph, offsets, pending);
        return [.. array._units];
    }

    private void Place(int unit, int node, KeyGraph graph, int[] offsets, Stack<(int, int)> pending)
    {
        var children = graph.Children(node);
        var isNew = offsets[node] == 0;
        if (isNew) offsets[node] = Find(children);
        var offset = offsets[node];
        var relative = (uint)(unit ^ offset);
        if (relative >= 1u << 21) throw new TextException("the normalisation rules are too many for one trie");
        _units[unit] = _units[unit] & ~Empty | relative << 10;
        if (children[0].Label == 0) _units[unit] |= 1u << 8;
        if (!isNew) return;
        _offsets[offset] = true;
        foreach (var (label, target) in children)
        {
            _taken[offset ^ label] = true;
            _units[offset ^ label] = label == 0 ? (uint)target | Empty : label;
            if (label != 0) pending.Push((offset ^ label, target));
        }
    }

    private int Find(ReadOnlySpan<(byte Label, int Target)> children)
    {
        while (_firstFree < _units.Count && _taken[_firstFree]) _firstFree++;
        var tried = 0;
        for (var slot = _firstFree; tried < Tries; slot++)
        {
            if (slot == _units.Count) Grow();
            if (_taken[slot]) continue;
            tried++;
            if (Fits(slot ^ children[0].Label, children)) return slot ^ children[0].Label;
        }
        var start = _units.Count;
        Grow();
        return start;
    }

    private bool Fits(int offset, ReadOnlySpan<(byte Label, int Target)> children)
    {
        if (offset == 0 || _offsets[offset]) return false;
        foreach (var (label, _) in children)
            if (_taken[offset ^ label]) return false;
        return true;
    }

    private void Grow()
    {
        for (var i = 0; i < Block; i++)
        {
            _units.Add(Empty);
            _taken.Add(false);
            _offsets.Add(false);
        }
    }
}
