using System.Numerics;

namespace Pellucid.Text.Tokenizers;

/// <summary>Two pieces that become one.</summary>
public readonly record struct MergePair(string Left, string Right)
{
    public override string ToString() => Left + " " + Right;
}

/// <summary>A merge by ids: a pair, what becomes of it, and how early it goes.</summary>
internal readonly record struct RankedMerge(int Left, int Right, int Result, int Rank);

/// <summary>Which neighbouring ids become which id, and how early.</summary>
internal sealed class MergeTable
{
    public const int None = int.MaxValue;

    private struct Entry
    {
        public ulong Pair;
        public int Rank;
        public int Result;
    }

    // Open addressing; half of the places are free, and they have the pair of two ids -1, which is no pair.
    private readonly Entry[] _entries;

    /// <param name="vocabulary">The parts and the results of all merges are among its pieces.</param>
    /// <param name="merges">The first learned first.</param>
    /// <param name="prefix">How many characters the right part begins with that go when it is merged.</param>
    public MergeTable(Vocabulary vocabulary, IReadOnlyList<MergePair> merges, int prefix = 0) : this(merges.Count)
    {
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            if (!vocabulary.TryGetId(left, out var leftId)) throw Bad(rank, merges[rank], $"the vocabulary has no '{left}'");
            if (!vocabulary.TryGetId(right, out var rightId)) throw Bad(rank, merges[rank], $"the vocabulary has no '{right}'");
            if (right.Length <= prefix) throw Bad(rank, merges[rank], $"'{right}' has nothing behind the prefix");
            var merged = left + right[prefix..];
            if (!vocabulary.TryGetId(merged, out var result)) throw Bad(rank, merges[rank], $"the vocabulary has no '{merged}'");
            if (!IsText(vocabulary, leftId) || !IsText(vocabulary, rightId) || !IsText(vocabulary, result))
                throw Bad(rank, merges[rank], "special tokens and byte pieces take no part in merges");
            Add(rank, merges[rank], leftId, rightId, result);
        }
    }

    /// <summary>Merges of an open vocabulary: <paramref name="idOf"/> gives every piece that they name an id.</summary>
    public MergeTable(IReadOnlyList<MergePair> merges, Func<string, int> idOf) : this(merges.Count)
    {
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            Add(rank, merges[rank], idOf(left), idOf(right), idOf(left + right));
        }
    }

    /// <summary>Merges by ids; several may have one rank, and then the leftmost in a word goes first.</summary>
    /// <exception cref="ArgumentException">A pair occurs twice.</exception>
    public MergeTable(IReadOnlyCollection<RankedMerge> merges) : this(merges.Count)
    {
        foreach (var merge in merges)
            if (!TryAdd(Key(merge.Left, merge.Right), merge.Rank, merge.Result))
                throw new ArgumentException($"the merge {merge} occurs twice", nameof(merges));
    }

    private MergeTable(int count)
    {
        _entries = new Entry[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * count))];
        foreach (ref var entry in _entries.AsSpan()) entry.Pair = ulong.MaxValue;
    }

    /// <summary>The place of the merge among all merges, or <see cref="None"/>.</summary>
    public int Rank(int left, int right)
    {
        ref readonly var entry = ref Find(Key(left, right));
        return entry.Pair == ulong.MaxValue ? None : entry.Rank;
    }

    /// <summary>What a pair that has a rank becomes.</summary>
    public int Result(int left, int right) => Find(Key(left, right)).Result;

    private void Add(int rank, MergePair merge, int left, int right, int result)
    {
        if (!TryAdd(Key(left, right), rank, result)) throw Bad(rank, merge, "it occurs twice");
    }

    private bool TryAdd(ulong pair, int rank, int result)
    {
        ref var entry = ref Find(pair);
        if (entry.Pair == pair) return false;
        entry = new() { Pair = pair, Rank = rank, Result = result };
        return true;
    }

    /// <summary>The entry of a pair, or the free one where it would be.</summary>
    private ref Entry Find(ulong pair)
    {
        var entries = _entries;
        var mixed = (pair ^ pair >> 32) * 0x9E3779B97F4A7C15;
        for (var at = (uint)((mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9 >> 32); ; at++)
        {
            ref var entry = ref entries[at & (uint)(entries.Length - 1)];
            if (entry.Pair == pair || entry.Pair == ulong.MaxValue) return ref entry;
        }
    }

    private static bool IsText(Vocabulary vocabulary, int id) => !vocabulary.IsSpecial(id) && vocabulary.ByteValue(id) < 0;

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private static TokenizerException Bad(int rank, MergePair merge, string why) =>
        new(FormattableString.Invariant($"merge {rank} ('{merge.Left}' + '{merge.Right}') cannot be used: {why}"));
}
