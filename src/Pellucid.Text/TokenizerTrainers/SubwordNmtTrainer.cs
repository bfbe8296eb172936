using Pellucid.Text.Tokenizers;
using Pellucid.Text.Tokenizers.SubwordNmt;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>Learns BPE merges exactly as subword-nmt's learn-bpe does: the same merges in the same order.</summary>
public static class SubwordNmtTrainer
{
    /// <param name="lines">Tokenised text, words separated by single spaces; for a joint model, the lines of both languages.</param>
    /// <param name="merges">How many merges; fewer if no pair is left that occurs often enough.</param>
    /// <param name="minimumFrequency">A pair that occurs less often is not merged.</param>
    /// <param name="progress">Merges so far, every 64.</param>
    /// <param name="cancellation">Stops between two merges.</param>
    /// <exception cref="TokenizerException">There is no text.</exception>
    public static SubwordNmtBpe Train(IEnumerable<string> lines, int merges, int minimumFrequency = 2,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(merges);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var read = 0L;
        foreach (var line in lines)
        {
            foreach (var word in line.Trim('\r', '\n', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries))
                counts[word] = counts.GetValueOrDefault(word) + 1;
            if (++read % 4096 == 0) cancellation.ThrowIfCancellationRequested();
        }
        if (counts.Count == 0) throw new TokenizerException("there is no text to learn from");

        var learner = new MergeLearner(greatestFirst: true, minimumFrequency);
        foreach (var (word, count) in counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal))
            learner.AddWord(Symbols(word, learner), count);
        var learned = new List<MergePair>(merges);
        while (learned.Count < merges && learner.TryNext(_ => true, out var merge, out _))
        {
            learned.Add(new(learner.Symbol(merge.Left), learner.Symbol(merge.Right)));
            if (learned.Count % 64 != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new(read, learned.Count, merges));
        }
        return new(learned);
    }

    private static int[] Symbols(string word, MergeLearner learner)
    {
        var symbols = word.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        symbols[^1] += SubwordNmtBpe.EndOfWord;
        return [.. symbols.Select(learner.SymbolId)];
    }
}
