namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Draws a number with given weights from 32 random bits in one look (Vose 1991, "A linear algorithm for generating random numbers with a given distribution"):
/// column i keeps i with a probability and gives another number otherwise.
/// </summary>
internal static unsafe class AliasTable
{
    /// <summary>The columns: the alias in the upper 32 bits, in the lower the share of the column that keeps its number.</summary>
    /// <param name="counts">Positive.</param>
    /// <param name="exponent">A number is as likely as count^exponent.</param>
    public static ulong[] Make(ReadOnlySpan<long> counts, double exponent)
    {
        int n = counts.Length;
        double sum = 0;
        double[] share = new double[n];
        for (int i = 0; i < n; i++) sum += share[i] = Math.Pow(counts[i], exponent);
        int[] alias = new int[n];
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (int i = 0; i < n; i++)
        {
            (share[i], alias[i]) = (share[i] / sum * n, i);
            (share[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            int s = small.Pop(), l = large.Pop();
            alias[s] = l;
            share[l] -= 1 - share[s];
            (share[l] < 1 ? small : large).Push(l);
        }
        while (small.TryPop(out int left)) share[left] = 1; // rounding has left it here
        ulong[] table = GC.AllocateArray<ulong>(n, pinned: true);
        for (int i = 0; i < n; i++) table[i] = (ulong)alias[i] << 32 | (uint)Math.Min(Math.Max(share[i], 0) * 4294967296.0, uint.MaxValue);
        return table;
    }

    public static int Draw(ulong* table, int n, uint random)
    {
        ulong product = (ulong)random * (uint)n;
        int column = (int)(product >> 32);
        ulong entry = table[column];
        return (uint)product <= (uint)entry ? column : (int)(entry >> 32);
    }
}
