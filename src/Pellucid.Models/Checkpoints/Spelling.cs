namespace Pellucid.Models.Checkpoints;

/// <summary>The name that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>The nearest of these names, or null when none is near: more than a third of the longer one would have to change.</summary>
    internal static string? Nearest(string name, IEnumerable<string> names)
    {
        // A name as long as this is no slip of the pen, and the table below grows with its length.
        if (name.Length > 200)
            return null;
        var best = names.Where(candidate => candidate.Length <= 200)
            .Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
            .OrderBy(found => found.Distance).ThenBy(found => found.Name, StringComparer.Ordinal).FirstOrDefault();
        return best.Name is not null && best.Distance * 3 <= Math.Max(name.Length, best.Name.Length) ? best.Name : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one into the other, case and the signs - and _ aside (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                edits[i, j] = Math.Min(replaced, 1 + Math.Min(edits[i - 1, j], edits[i, j - 1]));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        return edits[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => Plain(a) == Plain(b);

    private static char Plain(char c) => c == '-' ? '_' : char.ToLowerInvariant(c);
}
