using System.Text;

namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>
/// The pieces that training begins with: every character, and the substrings of words that cover most of the text. A substring is
/// looked at if it is not always followed by the same character: the inner nodes of the words' suffix tree, found from the sorted
/// suffixes. Kudo 2018, section 3.2, step 1.
/// </summary>
internal static class SeedPieces
{
    private record struct Candidate(int Start, int Length, long Score);

    /// <returns>Pieces with the logarithm of their share.</returns>
    public static (List<string> Pieces, double[] Scores) Find(IReadOnlyList<(string Text, long Count)> words, IReadOnlyList<(string Text, long Count)> characters,
        PieceRules rules, UnigramTrainerOptions options, CancellationToken cancellation)
    {
        var total = words.Sum(word => (long)word.Text.Length + 1);
        if (total > Array.MaxLength / 2)
            throw new TokenizerException("the different words of the text are more than fit into memory; train on a part of it");
        var text = new char[total];
        var counts = new long[total]; // of the word, at each of its characters
        var suffixes = new List<int>((int)total);
        var surrogates = false;
        var at = 0;
        foreach (var (word, count) in words)
        {
            foreach (var character in word)
            {
                surrogates |= char.IsSurrogate(character);
                if (!char.IsLowSurrogate(character)) suffixes.Add(at);
                (text[at], counts[at]) = (character, count);
                at++;
            }
            at++;
        }
        var deepest = options.MaximumPieceLength * (surrogates ? 2 : 1) + 1;
        int[] sorted = [.. suffixes];
        SuffixSort.Sort(text, sorted, deepest, cancellation);
        var candidates = Candidates(text, counts, sorted, deepest, rules);
        candidates.Sort((a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score)
            : text.AsSpan(a.Start, a.Length).SequenceCompareTo(text.AsSpan(b.Start, b.Length)));
        var seeds = characters.Concat(candidates.Take(options.SeedSize).Select(found => (Text: new string(text, found.Start, found.Length), Count: found.Score))).ToList();
        var logarithm = Math.Log(seeds.Sum(seed => (double)seed.Count));
        return ([.. seeds.Select(seed => seed.Text)], [.. seeds.Select(seed => Math.Log(seed.Count) - logarithm)]);
    }

    // Each suffix is a leaf of its own length; neighbours in the order meet at the length of what they share.
    private static List<Candidate> Candidates(char[] text, long[] counts, int[] sorted, int deepest, PieceRules rules)
    {
        var candidates = new List<Candidate>();
        var before = new long[sorted.Length + 1];
        for (var i = 0; i < sorted.Length; i++) before[i + 1] = before[i] + counts[sorted[i]];
        var open = new Stack<(int Depth, int First)>();
        open.Push((0, 0));
        for (var i = 0; i <= sorted.Length; i++)
        {
            var shared = i == 0 || i == sorted.Length ? 0 : Shared(text, sorted[i - 1], sorted[i], deepest);
            var first = i;
            while (open.Peek().Depth > shared)
            {
                var node = open.Pop();
                first = node.First;
                Consider(new(sorted[node.First], node.Depth, before[i] - before[node.First]), text, deepest, rules, candidates);
            }
            if (open.Peek().Depth < shared) open.Push((shared, first));
            if (i == sorted.Length) break;
            var length = Length(text, sorted[i], deepest);
            if (open.Peek().Depth < length) open.Push((length, i));
        }
        return candidates;
    }

    private static void Consider(Candidate node, char[] text, int deepest, PieceRules rules, List<Candidate> candidates)
    {
        // One character is in the vocabulary anyway; at the greatest depth it is not known whether the substring goes on.
        if (node.Length == deepest || node.Score < 2) return;
        var piece = text.AsSpan(node.Start, node.Length);
        Rune.DecodeFromUtf16(piece, out _, out var single);
        if (piece.Length == single || !rules.Allow(piece)) return;
        var length = 0;
        foreach (var _ in piece.EnumerateRunes()) length++;
        candidates.Add(node with { Score = node.Score * length });
    }

    private static int Length(char[] text, int start, int deepest)
    {
        var length = 0;
        while (length < deepest && text[start + length] != '\0') length++;
        return length;
    }

    private static int Shared(char[] text, int left, int right, int deepest)
    {
        var length = 0;
        while (length < deepest && text[left + length] == text[right + length] && text[left + length] != '\0') length++;
        return length > 0 && length < deepest && char.IsHighSurrogate(text[left + length - 1]) ? length - 1 : length;
    }
}
