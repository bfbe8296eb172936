namespace Pellucid.Tensors.Kernels;

/// <summary>
/// The binary tree in which frequent words have short ways (Huffman 1952): word i with count c lies about log2(total / c) below the root. Inner nodes are numbered 0 .. n-2 as they are made,
/// so the root is n-2; of two nodes that are joined the rarer goes left.
/// </summary>
internal sealed class HuffmanTree
{
    private HuffmanTree(int[] starts, int[] nodes, byte[] goesLeft, int longest) => (Starts, Nodes, GoesLeft, Longest) = (starts, nodes, goesLeft, longest);

    /// <summary>Where the way of each word begins in <see cref="Nodes"/>: [n + 1].</summary>
    internal int[] Starts { get; }

    /// <summary>Inner nodes from the root to each word.</summary>
    internal int[] Nodes { get; }

    /// <summary>1 where the way goes left.</summary>
    internal byte[] GoesLeft { get; }

    /// <summary>The inner nodes of the longest way.</summary>
    internal int Longest { get; }

    /// <param name="counts">Of each word, at least two, none increasing from one to the next.</param>
    /// <exception cref="ArgumentException">There are fewer than two, or they are not sorted.</exception>
    internal static HuffmanTree Of(ReadOnlySpan<long> counts)
    {
        int n = counts.Length;
        if (n < 2) throw new ArgumentException("a tree has at least two words");
        for (int i = 1; i < n; i++)
            if (counts[i] > counts[i - 1]) throw new ArgumentException("words must be sorted, the most frequent first");
        int[] parent = new int[2 * n - 1];
        bool[] left = new bool[2 * n - 1];
        long[] inner = new long[n - 1];
        int leaf = n - 1, oldest = 0; // the rarest word, and the rarest inner node: both lists are sorted
        for (int made = 0; made < n - 1; made++)
        {
            int a = Rarest(counts, inner, made, ref leaf, ref oldest, out long ca), b = Rarest(counts, inner, made, ref leaf, ref oldest, out long cb);
            inner[made] = ca + cb;
            (parent[a], left[a]) = (made, true);
            (parent[b], left[b]) = (made, false);
        }
        return Ways(n, parent, left);
    }

    // A word i is node i, an inner node j is node n + j.
    private static int Rarest(ReadOnlySpan<long> counts, long[] inner, int made, ref int leaf, ref int oldest, out long count)
    {
        if (leaf >= 0 && (oldest >= made || counts[leaf] <= inner[oldest]))
        {
            count = counts[leaf];
            return leaf--;
        }
        count = inner[oldest];
        return counts.Length + oldest++;
    }

    private static HuffmanTree Ways(int n, int[] parent, bool[] left)
    {
        int root = n - 2, longest = 0;
        int[] depth = new int[n - 1]; // a parent is made after its children
        for (int node = root - 1; node >= 0; node--) depth[node] = depth[parent[n + node]] + 1;
        int[] starts = Pinned<int>(n + 1);
        for (int word = 0; word < n; word++)
        {
            int length = depth[parent[word]] + 1;
            starts[word + 1] = checked(starts[word] + length);
            longest = Math.Max(longest, length);
        }
        int[] nodes = Pinned<int>(starts[n]);
        byte[] goesLeft = Pinned<byte>(starts[n]);
        for (int word = 0; word < n; word++)
        {
            int child = word;
            for (int at = starts[word + 1] - 1; at >= starts[word]; at--)
            {
                (nodes[at], goesLeft[at]) = (parent[child], left[child] ? (byte)1 : (byte)0);
                child = n + parent[child];
            }
        }
        return new HuffmanTree(starts, nodes, goesLeft, longest);
    }

    private static T[] Pinned<T>(int length) where T : unmanaged => GC.AllocateArray<T>(length, pinned: true);
}
