using System.Text;

namespace Pellucid.Text.Tokenizers;

/// <summary>One word on its way from characters to pieces.</summary>
internal struct BpeWord
{
    // Up to this many symbols a scan of all ranks is faster than a heap.
    private const int ScanLimit = 48;

    private readonly int[] _ids;
    private int _count;

    public BpeWord(BpeSymbols symbols, ReadOnlySpan<char> word)
    {
        _ids = new int[word.Length * 3 + 1]; // UTF-8 takes at most three bytes for one UTF-16 character
        Span<int> buffer = stackalloc int[4];
        for (var first = true; !word.IsEmpty; first = false)
        {
            _ = Rune.DecodeFromUtf16(word, out var rune, out var length);
            word = word[length..];
            var count = symbols.Write(rune, first, word.IsEmpty, buffer);
            if (count == 1 && _count > 0 && symbols.IsFused(_ids[_count - 1], buffer[0])) continue;
            buffer[..count].CopyTo(_ids.AsSpan(_count));
            _count += count;
        }
    }

    /// <summary>The first symbols themselves, which are overwritten; ids below <see cref="MergeHeap.Gone"/> take part in no merge.</summary>
    public BpeWord(int[] ids)
    {
        _ids = ids;
        _count = ids.Length;
    }

    /// <summary>How many merges a long word put into its heap; 0 for a short one, which needs none.</summary>
    public int HeapPushes { get; private set; }

    public readonly ReadOnlySpan<int> Ids => _ids.AsSpan(0, _count);

    /// <summary>All merges, lowest rank first, leftmost first among equals.</summary>
    /// <param name="merges">What becomes what.</param>
    /// <param name="everyOccurrence">
    /// Merge all occurrences of the best pair in one round, as subword-nmt does, instead of the leftmost one, as Hugging Face does.
    /// They differ only where two merges give the same piece.
    /// </param>
    public void Merge(MergeTable merges, bool everyOccurrence)
    {
        if (_count <= ScanLimit)
        {
            MergeByScan(merges, everyOccurrence);
            return;
        }
        var heap = new MergeHeap(_ids, _count, merges);
        while (heap.TryPop(out var position, out var rank))
        {
            var round = everyOccurrence ? heap.PopAllOfRank(rank) : [];
            heap.Merge(position);
            foreach (var other in round)
                if (heap.IsPossible(other, rank)) heap.Merge(other);
        }
        _count = heap.Compact();
        HeapPushes = heap.Pushes;
    }

    /// <summary>
    /// BPE-dropout (Provilkov et al. 2020, algorithm 1): at each step every possible merge is left out with probability
    /// <paramref name="dropout"/>, and the best of the rest is made; a merge left out is possible again at the next step.
    /// </summary>
    public void Merge(MergeTable merges, double dropout, ref TokenRandom random)
    {
        var heap = new MergeHeap(_ids, _count, merges);
        var left = new List<(int Position, int Rank)>();
        while (heap.TryPop(out var position, out var rank))
        {
            if (random.NextUnit() < dropout)
            {
                left.Add((position, rank));
                continue;
            }
            heap.Merge(position);
            foreach (var (again, itsRank) in left) heap.Push(again, itsRank);
            left.Clear();
        }
        _count = heap.Compact();
        HeapPushes = heap.Pushes;
    }

    private void MergeByScan(MergeTable merges, bool everyOccurrence)
    {
        Span<int> ranks = stackalloc int[ScanLimit];
        for (var i = 0; i + 1 < _count; i++) ranks[i] = merges.Rank(_ids[i], _ids[i + 1]);
        while (_count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < _count; i++)
                if (ranks[i] < ranks[best]) best = i;
            var rank = ranks[best];
            if (rank == MergeTable.None) return;
            for (var i = best; i + 1 < _count; i++)
            {
                // A pair with the new piece in it never has the rank of the merge that made it.
                if (ranks[i] != rank) continue;
                MergeAt(i, merges, ranks);
                if (!everyOccurrence) break;
            }
        }
    }

    private void MergeAt(int at, MergeTable merges, Span<int> ranks)
    {
        _ids[at] = merges.Result(_ids[at], _ids[at + 1]);
        _ids.AsSpan(at + 2, _count - at - 2).CopyTo(_ids.AsSpan(at + 1));
        ranks[(at + 1)..(_count - 1)].CopyTo(ranks[at..]);
        _count--;
        if (at > 0) ranks[at - 1] = merges.Rank(_ids[at - 1], _ids[at]);
        if (at + 1 < _count) ranks[at] = merges.Rank(_ids[at], _ids[at + 1]);
    }
}
