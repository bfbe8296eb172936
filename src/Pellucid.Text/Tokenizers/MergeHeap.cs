namespace Pellucid.Text.Tokenizers;

/// <summary>A linked list of symbols with its possible merges in a heap: n symbols are merged in O(n log n).</summary>
internal struct MergeHeap
{
    /// <summary>The id of a symbol that has become part of the one before it.</summary>
    public const int Gone = -1;

    private readonly int[] _ids;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly MergeTable _merges;
    private readonly PriorityQueue<int, ulong> _queue;

    public MergeHeap(int[] ids, int count, MergeTable merges)
    {
        _ids = ids;
        _merges = merges;
        _next = new int[count];
        _previous = new int[count];
        _queue = new(count);
        for (var i = 0; i < count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < count ? i + 1 : Gone;
        }
        for (var i = 0; i + 1 < count; i++) Push(i, RankAt(i));
    }

    /// <summary>How many merges were put into the heap: what the work is bounded by.</summary>
    public int Pushes { get; private set; }

    /// <summary>The best merge that is still possible: lowest rank, then leftmost.</summary>
    public readonly bool TryPop(out int position, out int rank)
    {
        while (_queue.TryDequeue(out position, out var key))
        {
            rank = (int)(key >> 32);
            if (RankAt(position) == rank) return true;
        }
        rank = MergeTable.None;
        return false;
    }

    /// <summary>The positions of all further entries of this rank; some may be possible no longer.</summary>
    public readonly List<int> PopAllOfRank(int rank)
    {
        List<int> positions = [];
        while (_queue.TryPeek(out var position, out var key) && (int)(key >> 32) == rank)
        {
            positions.Add(position);
            _queue.Dequeue();
        }
        return positions;
    }

    public readonly bool IsPossible(int position, int rank) => RankAt(position) == rank;

    public void Push(int position, int rank)
    {
        if (rank == MergeTable.None) return;
        _queue.Enqueue(position, (ulong)(uint)rank << 32 | (uint)position);
        Pushes++;
    }

    public void Merge(int position)
    {
        var right = _next[position];
        _ids[position] = _merges.Result(_ids[position], _ids[right]);
        _ids[right] = Gone;
        var after = _next[right];
        _next[position] = after;
        if (after != Gone) _previous[after] = position;
        if (_previous[position] != Gone) Push(_previous[position], RankAt(_previous[position]));
        Push(position, RankAt(position));
    }

    /// <summary>Moves what is left to the front and says how much that is.</summary>
    public readonly int Compact()
    {
        var count = 0;
        for (var i = 0; i < _next.Length; i++)
            if (_ids[i] != Gone) _ids[count++] = _ids[i];
        return count;
    }

    private readonly int RankAt(int position) => _ids[position] == Gone || _next[position] == Gone
        ? MergeTable.None
        : _merges.Rank(_ids[position], _ids[_next[position]]);
}
