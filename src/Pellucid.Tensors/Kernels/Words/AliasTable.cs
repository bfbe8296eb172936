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
        int n = counts.Length, small = 0, large = n;
        double sum = 0;
        double[] share = new double[n];
        for (int i = 0; i < n; i++) sum += share[i] = Math.Pow(counts[i], exponent);
        ulong[] table = GC.AllocateArray<ulong>(n, pinned: true);
        int[] waiting = new int[n]; // two stacks: numbers with less than a column from the front, with more from the back
        for (int i = 0; i < n; i++)
        {
            share[i] = share[i] / sum * n;
            waiting[share[i] < 1 ? small++ : --large] = i;
        }
        while (small > 0 && large < n)
        {
            int s = waiting[--small], l = waiting[large++];
            table[s] = Entry(l, share[s]);
            share[l] -= 1 - share[s];
            waiting[share[l] < 1 ? small++ : --large] = l;
        }
        while (large < n) table[waiting[large]] = Entry(waiting[large++], 1);
        while (small > 0) table[waiting[--small]] = Entry(waiting[small], 1); // rounding has left it here
        return table;
    }

    private static ulong Entry(int alias, double share) => (ulong)alias << 32 | (uint)Math.Min(Math.Max(share, 0) * 4294967296.0, uint.MaxValue);

    public static int Draw(ulong* table, int n, uint random)
    {
        ulong product = (ulong)random * (uint)n;
        int column = (int)(product >> 32);
        ulong entry = table[column];
        return (uint)product <= (uint)entry ? column : (int)(entry >> 32);
    }
}
