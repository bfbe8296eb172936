namespace Pellucid.Explain.Traces;

/// <summary>The ids of a batch [B, n] as an operation has them, and the tokens of its sentences, which have no padding.</summary>
internal static class BatchTokens
{
    /// <summary>The sides of a sentence.</summary>
    internal static IReadOnlyList<Func<TraceRow, IReadOnlyList<TraceToken>>> Sides { get; } = [row => row.Source, row => row.Target, row => row.Answer];

    /// <summary>The first place where ids are not the tokens, filled up with padding; -1 when all are.</summary>
    internal static int FirstDifference(TraceHeader header, ReadOnlySpan<int> ids, Func<TraceRow, IReadOnlyList<TraceToken>> side)
    {
        var rows = header.AllRows;
        int width = Math.Max(ids.Length / rows.Count, rows.Max(row => side(row).Count));
        long cells = (long)rows.Count * width; // a file may claim more than an array holds
        for (int i = 0; i < cells; i++)
            if (i >= ids.Length || ids[i] != Wanted(header, side(rows[i / width]), i % width))
                return i;
        return ids.Length > cells ? (int)cells : -1;
    }

    /// <summary>The id that ought to stand at a place; -1 for none, since a sentence alone has no padding.</summary>
    internal static int Wanted(TraceHeader header, IReadOnlyList<TraceToken> tokens, int at) => at < tokens.Count ? tokens[at].Id : header.Rows.Count > 0 ? header.Config.PaddingId : -1;

    /// <summary>The token at an offset of ids; null where the ids are those of no side.</summary>
    internal static TraceToken? Find(TraceHeader header, int[] ids, long offset)
    {
        var rows = header.AllRows;
        foreach (var side in Sides)
        {
            if (ids.Length % rows.Count != 0 || FirstDifference(header, ids, side) >= 0)
                continue;
            int width = ids.Length / rows.Count;
            var tokens = side(rows[(int)(offset / width)]);
            int at = (int)(offset % width);
            return at < tokens.Count ? tokens[at] : new TraceToken(header.Config.PaddingId, "", 0, 0);
        }
        return null;
    }
}
