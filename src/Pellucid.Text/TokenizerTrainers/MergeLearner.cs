using System.Runtime.InteropServices;
using Pellucid.Text.Tokenizers;

namespace Pellucid.Text.TokenizerTrainers;

/// <summary>
/// Learns merges from words and their counts: again and again the most frequent pair of neighbours becomes one symbol.
/// Sennrich et al. 2016, algorithm 1, with counts kept up to date at the words that a merge touches and a heap of candidates.
/// </summary>
internal sealed class MergeLearner
{
    /// <summary>In a word: a place that no merge may cross.</summary>
    public const int Barrier = -1;

    private readonly List<string> _symbols = [];
    private readonly Dictionary<string, int> _symbolIds = new(StringComparer.Ordinal);
    private readonly List<int[]> _words = [];
    private readonly List<long> _wordCounts = [];
    private readonly Dictionary<ulong, Pair> _pairs = [];
    private readonly PriorityQueue<ulong, (long Count, ulong Key)> _queue;
    private readonly List<(ulong Key, Pair Pair)> _grown = [];
    private readonly long _minimum;

    private sealed class Pair
    {
        public long Count;
        public long Queued; // the count it waits in the queue with, never less than its own; 0: it does not wait
        public readonly List<int> Words = [];
        public bool Forbidden;
        public bool Grown;
    }

    /// <param name="greatestFirst">
    /// Among equally frequent pairs: the greatest in the order of code points, left part first, as subword-nmt has it;
    /// otherwise the pair whose symbols were known first.
    /// </param>
    /// <param name="minimumCount">Rarer pairs are not merged.</param>
    public MergeLearner(bool greatestFirst, long minimumCount) : this(greatestFirst ? CompareCodePoints : null, minimumCount)
    {
    }

    /// <param name="order">
    /// Among equally frequent pairs the greatest in this order of symbols, left part first; null for the pair whose symbols were known first.
    /// </param>
    /// <param name="minimumCount">Rarer pairs are not merged.</param>
    public MergeLearner(Comparison<string>? order, long minimumCount)
    {
        _minimum = Math.Max(minimumCount, 1);
        var ties = order is null ? (Func<ulong, ulong, int>)((a, b) => a.CompareTo(b)) : (a, b) => CompareSpelling(a, b, order);
        _queue = new(Comparer<(long Count, ulong Key)>.Create((a, b) =>
            a.Count != b.Count ? b.Count.CompareTo(a.Count) : ties(a.Key, b.Key)));
    }

    /// <summary>How two neighbours are spelled as one; as they are, unless said otherwise.</summary>
    public Func<string, string, string> Join { get; init; } = string.Concat;

    public string Symbol(int id) => _symbols[id];

    public int SymbolId(string symbol)
    {
        if (_symbolIds.TryGetValue(symbol, out var id)) return id;
        _symbolIds.Add(symbol, _symbols.Count);
        _symbols.Add(symbol);
        return _symbols.Count - 1;
    }

    public void AddWord(int[] symbols, long count)
    {
        var word = _words.Count;
        _words.Add(symbols);
        _wordCounts.Add(count);
        for (var i = 0; i + 1 < symbols.Length; i++) Change(symbols[i], symbols[i + 1], count, word);
    }

    /// <summary>Makes merges until there are <paramref name="most"/> pieces or no pair is left; new pieces are appended, and the merges given.</summary>
    /// <param name="pieces">Those that there are already.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="isAllowed">Whether a merge may give this symbol.</param>
    /// <param name="report">The pieces so far, now and then and at the end.</param>
    /// <param name="cancellation">Ends it.</param>
    public List<MergePair> Fill(List<string> pieces, int most, Func<string, bool> isAllowed, Action<int> report, CancellationToken cancellation)
    {
        var merges = new List<MergePair>();
        while (pieces.Count < most && TryNext(isAllowed, out var merge, out var isNew))
        {
            merges.Add(new(Symbol(merge.Left), Symbol(merge.Right)));
            if (isNew) pieces.Add(Join(merges[^1].Left, merges[^1].Right));
            if (merges.Count % 64 != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            report(pieces.Count);
        }
        report(pieces.Count);
        return merges;
    }

    /// <summary>The next merge, made in all words; false when no pair is left that occurs often enough.</summary>
    /// <param name="isAllowed">Whether a merge may give this symbol; a pair once refused is never asked for again.</param>
    /// <param name="merge">The two symbols.</param>
    /// <param name="isNew">Whether no earlier merge, and no character, has given this symbol.</param>
    public bool TryNext(Func<string, bool> isAllowed, out (int Left, int Right) merge, out bool isNew)
    {
        FlushGrown();
        while (_queue.TryDequeue(out var key, out var priority))
        {
            var pair = _pairs[key];
            if (pair.Queued != priority.Count) continue; // it grew since, and waits a second time
            pair.Queued = 0;
            if (pair.Forbidden || pair.Count != priority.Count)
            {
                Enqueue(key, pair); // counts that fell are put right here, when they reach the top
                continue;
            }
            merge = ((int)(key >> 32), (int)(uint)key);
            var spelled = Join(_symbols[merge.Left], _symbols[merge.Right]);
            if (!isAllowed(spelled))
            {
                pair.Forbidden = true;
                continue;
            }
            isNew = !_symbolIds.ContainsKey(spelled);
            Apply(merge.Left, merge.Right, SymbolId(spelled), pair);
            return true;
        }
        (merge, isNew) = (default, false);
        return false;
    }

    private void Apply(int left, int right, int result, Pair pair)
    {
        var words = pair.Words.ToArray();
        pair.Words.Clear();
        foreach (var word in words)
        {
            var old = _words[word];
            var count = _wordCounts[word];
            var merged = new int[old.Length];
            var length = 0;
            for (var i = 0; i < old.Length; i++)
            {
                if (old[i] != left || i + 1 == old.Length || old[i + 1] != right)
                {
                    merged[length++] = old[i];
                    continue;
                }
                Change(left, right, -count, word);
                if (length > 0)
                {
                    Change(merged[length - 1], left, -count, word);
                    Change(merged[length - 1], result, count, word);
                }
                if (i + 2 < old.Length)
                {
                    Change(right, old[i + 2], -count, word);
                    Change(result, old[i + 2], count, word);
                }
                merged[length++] = result;
                i++;
            }
            if (length < old.Length) _words[word] = merged[..length];
        }
    }

    private void Change(int left, int right, long by, int word)
    {
        if (left == Barrier || right == Barrier) return;
        var key = (ulong)(uint)left << 32 | (uint)right;
        ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        pair ??= new Pair();
        pair.Count += by;
        if (by <= 0) return;
        // A word may stand in the list more than once; the second visit finds nothing to merge.
        if (pair.Words.Count == 0 || pair.Words[^1] != word) pair.Words.Add(word);
        if (pair.Grown) return;
        pair.Grown = true;
        _grown.Add((key, pair));
    }

    private void FlushGrown()
    {
        foreach (var (key, pair) in _grown)
        {
            pair.Grown = false;
            Enqueue(key, pair);
        }
        _grown.Clear();
    }

    private void Enqueue(ulong key, Pair pair)
    {
        if (pair.Forbidden || pair.Count < _minimum || pair.Count <= pair.Queued) return;
        pair.Queued = pair.Count;
        _queue.Enqueue(key, (pair.Count, key));
    }

    private int CompareSpelling(ulong a, ulong b, Comparison<string> order)
    {
        var left = order(_symbols[(int)(b >> 32)], _symbols[(int)(a >> 32)]);
        return left != 0 ? left : order(_symbols[(int)(uint)b], _symbols[(int)(uint)a]);
    }

    // UTF-16 orders surrogates before U+E000 to U+FFFF; code points do not.
    private static int CompareCodePoints(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] == b[i]) continue;
            return char.IsSurrogate(a[i]) == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : char.IsSurrogate(a[i]) ? 1 : -1;
        }
        return a.Length.CompareTo(b.Length);
    }
}
