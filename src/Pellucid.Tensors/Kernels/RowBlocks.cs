namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Sums over the rows of a matrix, made while a pass goes through the rows anyway: every block of 32 rows adds its rows in order into
/// sums of its own, then the blocks add up in order. The order is a function of the number of rows alone, and threads take blocks.
/// </summary>
internal static unsafe class RowBlocks
{
    public const int Height = 32;

    [ThreadStatic]
    private static float[]? scratch;

    public static int Count(int rows) => (rows + Height - 1) / Height;

    /// <summary>Room for n sums of every block, for a pass that the calling thread starts.</summary>
    public static float[] Scratch(int rows, int n)
    {
        int length = checked(Count(rows) * n);
        if (scratch is null || scratch.Length < length) scratch = GC.AllocateUninitializedArray<float>(length, pinned: true);
        return scratch;
    }

    /// <summary>y[j] += Σ over blocks of sums[block, offset + j], for j below n; a block's sums are stride apart.</summary>
    public static void Fold(float* sums, int blocks, int stride, int offset, float* y, int n)
    {
        for (int j = 0; j < n; j += Lanes.Width)
        {
            var total = Lanes.LoadUpTo(sums + offset + j, n - j);
            for (int block = 1; block < blocks; block++) total += Lanes.LoadUpTo(sums + (long)block * stride + offset + j, n - j);
            Lanes.StoreUpTo(Lanes.LoadUpTo(y + j, n - j) + total, y + j, n - j);
        }
    }
}
