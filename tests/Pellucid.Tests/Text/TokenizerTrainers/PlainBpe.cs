namespace Pellucid.Tests.Text.TokenizerTrainers;

/// <summary>BPE as it is written down in Sennrich et al. 2016, algorithm 1: everything counted anew at every step. The oracle.</summary>
internal static class PlainBpe
{
    /// <summary>Among equally frequent pairs the greatest, left part first.</summary>
    public static List<string> Learn(IEnumerable<(string Word, long Count)> words, long minimumCount)
    {
        var current = words.Select(word => (Symbols: word.Word.Select(letter => letter.ToString()).ToList(), word.Count)).ToList();
        var merges = new List<string>();
        while (true)
        {
            var counts = new Dictionary<(string Left, string Right), long>();
            foreach (var (symbols, count) in current)
                for (var i = 0; i + 1 < symbols.Count; i++)
                    counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            if (counts.Count == 0) return merges;
            var best = counts.OrderByDescending(pair => pair.Value)
                .ThenByDescending(pair => pair.Key.Left, StringComparer.Ordinal).ThenByDescending(pair => pair.Key.Right, StringComparer.Ordinal).First();
            if (best.Value < minimumCount) return merges;
            merges.Add(best.Key.Left + " " + best.Key.Right);
            foreach (var (symbols, _) in current) Merge(symbols, best.Key, everyOccurrence: true);
        }
    }

    /// <summary>The symbols of a word after all merges: the earliest merge first, at its leftmost place.</summary>
    public static List<string> Cut(IEnumerable<string> characters, IReadOnlyList<(string Left, string Right)> merges)
    {
        var symbols = characters.ToList();
        while (true)
        {
            var pairs = symbols.Zip(symbols.Skip(1)).ToList();
            var best = merges.FirstOrDefault(pairs.Contains);
            if (best == default) return symbols;
            Merge(symbols, best, everyOccurrence: false);
        }
    }

    private static void Merge(List<string> symbols, (string Left, string Right) pair, bool everyOccurrence)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.Left || symbols[i + 1] != pair.Right) continue;
            symbols[i] += symbols[i + 1];
            symbols.RemoveAt(i + 1);
            if (!everyOccurrence) return;
        }
    }
}
