namespace Pellucid.Cli;

/// <summary>The name that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>", did you mean X?" or nothing.</summary>
    public static string Hint(string typed, IEnumerable<string> names) => To(typed, names) is { } name ? $"; did you mean {name}?" : "";

    /// <summary>The nearest of the names, if it is near enough: at most one edit for every three letters, or a beginning of it.</summary>
    public static string? To(string typed, IEnumerable<string> names)
    {
        var bare = Bare(typed);
        if (bare.Length == 0) return null;
        var best = names
            .Select(name => (Name: name, Distance: Bare(name).StartsWith(bare, StringComparison.Ordinal) && bare.Length > 2 ? 1 : Distance(bare, Bare(name))))
            .OrderBy(found => found.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(1, bare.Length / 3) ? best.Name : null;
    }

    private static string Bare(string name) => name.TrimStart('-').ToLowerInvariant().Replace('_', '-');

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(change, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}
