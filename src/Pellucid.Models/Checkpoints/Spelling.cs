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

    /// <summary>Insertions, deletions and replacements that turn one into the other, case and the signs - and _ aside (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (Plain(a[i - 1]) == Plain(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }

    private static char Plain(char c) => c == '-' ? '_' : char.ToLowerInvariant(c);
}
