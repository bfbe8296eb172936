namespace Pellucid.Models.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>The known name with the fewest edits (Levenshtein 1966; on equality the first), or null when all are far away. A last part that is equal counts as near.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var (best, distance) = ((string?)null, int.MaxValue);
        foreach (string candidate in known)
        {
            int edits = Edits(name, candidate);
            if (edits < distance)
                (best, distance) = (candidate, edits);
        }
        return distance <= Math.Max(2, name.Length / 3) ? best : null;
    }

    /// <summary>So many known names, nearest first, by the fewest edits; on equality in their order. The beginning of a name may be left out.</summary>
    public static IReadOnlyList<string> Several(string name, IEnumerable<string> known, int most)
    {
        int parts = name.Split('.').Length;
        return [.. known.OrderBy(candidate => Math.Min(Edits(name, candidate), 1 + Distance(name, string.Join('.', candidate.Split('.').TakeLast(parts))))).Take(most)];
    }

    /// <summary>"; did you mean 'x'?", or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known) => Of(name, known) is { } near ? $"; did you mean '{near}'?" : "";

    private static int Edits(string name, string candidate) =>
        LastPart(candidate).Equals(LastPart(name), StringComparison.OrdinalIgnoreCase) ? Math.Min(1, Distance(name, candidate)) : Distance(name, candidate);

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}
