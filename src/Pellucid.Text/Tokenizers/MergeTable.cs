namespace Pellucid.Text.Tokenizers;

/// <summary>Two pieces that become one.</summary>
public readonly record struct MergePair(string Left, string Right)
{
    public override string ToString() => Left + " " + Right;
}

/// <summary>Which neighbouring ids become which id, and how early.</summary>
internal sealed class MergeTable
{
    public const int None = int.MaxValue;

    private readonly Dictionary<ulong, (int Rank, int Result)> _merges = [];

    public MergeTable(Vocabulary vocabulary, IReadOnlyList<MergePair> merges)
    {
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            if (!vocabulary.TryGetId(left, out var leftId)) throw Bad(rank, merges[rank], $"the vocabulary has no '{left}'");
            if (!vocabulary.TryGetId(right, out var rightId)) throw Bad(rank, merges[rank], $"the vocabulary has no '{right}'");
            if (!vocabulary.TryGetId(left + right, out var result)) throw Bad(rank, merges[rank], $"the vocabulary has no '{left + right}'");
            if (!IsText(vocabulary, leftId) || !IsText(vocabulary, rightId) || !IsText(vocabulary, result))
                throw Bad(rank, merges[rank], "special tokens and byte pieces take no part in merges");
            Add(rank, merges[rank], leftId, rightId, result);
        }
    }

    /// <summary>Merges of an open vocabulary: <paramref name="idOf"/> gives every piece that they name an id.</summary>
    public MergeTable(IReadOnlyList<MergePair> merges, Func<string, int> idOf)
    {
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            Add(rank, merges[rank], idOf(left), idOf(right), idOf(left + right));
        }
    }

    /// <summary>The place of the merge among all merges, or <see cref="None"/>.</summary>
    public int Rank(int left, int right) => _merges.TryGetValue(Key(left, right), out var merge) ? merge.Rank : None;

    public int Result(int left, int right) => _merges[Key(left, right)].Result;

    private void Add(int rank, MergePair merge, int left, int right, int result)
    {
        if (!_merges.TryAdd(Key(left, right), (rank, result))) throw Bad(rank, merge, "it occurs twice");
    }

    private static bool IsText(Vocabulary vocabulary, int id) => !vocabulary.IsSpecial(id) && vocabulary.ByteValue(id) < 0;

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private static TokenizerException Bad(int rank, MergePair merge, string why) =>
        new(FormattableString.Invariant($"merge {rank} ('{merge.Left}' + '{merge.Right}') cannot be used: {why}"));
}
