namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>The merges of a byte-level vocabulary by ids and ranks.</summary>
internal static class ByteMerges
{
    /// <summary>No piece has more bytes than this; the longest of the published vocabularies have 128.</summary>
    public const int LongestPiece = 1024;

    /// <summary>Merges as they were learned: the rank is the place in the list.</summary>
    /// <exception cref="TokenizerException">A merge names a piece that the vocabulary lacks, or occurs twice.</exception>
    public static RankedMerge[] OfPairs(Vocabulary vocabulary, IReadOnlyList<MergePair> merges)
    {
        var seen = new HashSet<(int, int)>(merges.Count);
        var ranked = new RankedMerge[merges.Count];
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            ranked[rank] = new(IdOf(left), IdOf(right), IdOf(left + right), rank);
            if (!seen.Add((ranked[rank].Left, ranked[rank].Right))) throw Bad("it occurs twice");

            int IdOf(string piece)
            {
                if (piece.Length > LongestPiece) throw Bad(FormattableString.Invariant($"its result has {piece.Length} bytes, and {LongestPiece} is the most"));
                if (!vocabulary.TryGetId(piece, out var id)) throw Bad($"the vocabulary has no '{piece}'");
                return !vocabulary.IsSpecial(id) ? id : throw Bad($"'{piece}' is a special token, which takes no part in merges");
            }

            TokenizerException Bad(string why) => new(FormattableString.Invariant(
                $"merge {rank} ('{Short(left)}' + '{Short(right)}') cannot be used: {why}"));
        }
        return ranked;
    }

    /// <summary>All pairs of pieces whose bytes together are a piece, with its id as the rank, in the order of the ranks.</summary>
    public static RankedMerge[] OfRanks(Vocabulary vocabulary)
    {
        var lengths = new bool[LongestPiece + 1]; // which lengths pieces have
        for (var id = 0; id < vocabulary.Count; id++)
            if (IsPiece(vocabulary, id)) lengths[vocabulary[id].Length] = true;
        var merges = new List<RankedMerge>(2 * vocabulary.Count);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (!IsPiece(vocabulary, id)) continue;
            var piece = vocabulary[id].AsSpan();
            for (var cut = 1; cut < piece.Length; cut++)
            {
                if (!lengths[cut] || !lengths[piece.Length - cut]) continue;
                if (!vocabulary.TryGetId(piece[..cut], out var left) || vocabulary.IsSpecial(left)) continue;
                if (!vocabulary.TryGetId(piece[cut..], out var right) || vocabulary.IsSpecial(right)) continue;
                merges.Add(new(left, right, id, id));
            }
        }
        return [.. merges];
    }

    private static bool IsPiece(Vocabulary vocabulary, int id) =>
        vocabulary.Pieces[id] is not null && !vocabulary.IsSpecial(id) && vocabulary[id].Length <= LongestPiece;

    /// <summary>The beginning of a piece, for a message.</summary>
    public static string Short(string piece) => piece.Length <= 40 ? piece : string.Concat(piece.AsSpan(0, 40), "\u2026");
}
