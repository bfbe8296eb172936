namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>The pieces that a file names with their ids, in the order of the ids: nothing is believed that would cost memory the file does not have.</summary>
internal static class PieceTable
{
    /// <summary>Published vocabularies leave few ids free; a file cannot ask for a table much larger than itself.</summary>
    private const int FreeIds = 1 << 16;

    /// <param name="pieces">Pieces with their ids, and the line that each stands in, where there are lines.</param>
    /// <param name="path">For messages.</param>
    /// <returns>Null for an id that nothing has.</returns>
    /// <exception cref="TokenizerException">An id is negative, too large or has two pieces.</exception>
    public static string?[] Of(IReadOnlyList<(string Piece, int Id, long? Line)> pieces, string path)
    {
        var largest = -1;
        foreach (var (piece, id, line) in pieces)
        {
            if (id < 0 || id >= 2L * pieces.Count + FreeIds)
                throw new TokenizerException(FormattableString.Invariant($"'{ByteMerges.Short(piece)}' has the id {id}, and there are {pieces.Count} pieces"), path, line);
            largest = Math.Max(largest, id);
        }
        var table = new string?[largest + 1];
        foreach (var (piece, id, line) in pieces)
        {
            if (table[id] is { } other)
                throw new TokenizerException(FormattableString.Invariant($"the id {id} has two pieces, '{ByteMerges.Short(other)}' and '{ByteMerges.Short(piece)}'"), path, line);
            table[id] = piece;
        }
        return table;
    }
}
