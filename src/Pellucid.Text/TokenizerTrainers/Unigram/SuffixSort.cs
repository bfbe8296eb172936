namespace Pellucid.Text.TokenizerTrainers.Unigram;

/// <summary>
/// Sorts the suffixes of many short strings by their first characters: three-way radix quicksort, Bentley and Sedgewick 1997.
/// </summary>
internal static class SuffixSort
{
    private const int Small = 12;

    /// <param name="text">The strings, each ended by a null character.</param>
    /// <param name="suffixes">Where the suffixes start; sorted in place.</param>
    /// <param name="depth">How many characters are compared; suffixes equal so far come in no order of their own.</param>
    /// <param name="cancellation">Stops the sorting.</param>
    public static void Sort(char[] text, int[] suffixes, int depth, CancellationToken cancellation)
    {
        var pending = new Stack<(int Low, int High, int Depth)>();
        pending.Push((0, suffixes.Length, 0));
        var done = 0;
        while (pending.TryPop(out var range))
        {
            var (low, high, at) = range;
            if (high - low <= Small || at >= depth)
            {
                if (at < depth) Insertion(text, suffixes, low, high, at, depth);
                if (++done % 65536 == 0) cancellation.ThrowIfCancellationRequested();
                continue;
            }
            var pivot = Median(text[suffixes[low] + at], text[suffixes[(low + high) / 2] + at], text[suffixes[high - 1] + at]);
            int less = low, greater = high;
            for (var i = low; i < greater;)
            {
                var character = text[suffixes[i] + at];
                if (character < pivot) (suffixes[i++], suffixes[less], less) = (suffixes[less], suffixes[i - 1], less + 1);
                else if (character > pivot) (suffixes[i], suffixes[greater - 1], greater) = (suffixes[greater - 1], suffixes[i], greater - 1);
                else i++;
            }
            pending.Push((low, less, at));
            pending.Push((greater, high, at));
            if (pivot != '\0') pending.Push((less, greater, at + 1));
        }
    }

    private static void Insertion(char[] text, int[] suffixes, int low, int high, int at, int depth)
    {
        for (var i = low + 1; i < high; i++)
        {
            var suffix = suffixes[i];
            var j = i;
            for (; j > low && Compare(text, suffixes[j - 1], suffix, at, depth) > 0; j--) suffixes[j] = suffixes[j - 1];
            suffixes[j] = suffix;
        }
    }

    private static int Compare(char[] text, int left, int right, int at, int depth)
    {
        for (; at < depth; at++)
        {
            var difference = text[left + at] - text[right + at];
            if (difference != 0 || text[left + at] == '\0') return difference;
        }
        return 0;
    }

    private static char Median(char a, char b, char c) =>
        a < b ? b < c ? b : a < c ? c : a : a < c ? a : b < c ? c : b;
}
