using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// Skip-gram on a block of columns. With x the inputs of a window, t its targets and g[c,n] = rate · weight[n] · (label[n] - σ(x[c]·t[n])), the products of a batch are taken before any of its changes;
/// the changes are made input after input: x[c] += Σ_n g[c,n] t[n], and then t[n] += g[c,n] x[c] with x[c] as it was.
/// </summary>
internal static unsafe class SkipGramColumns
{
    private const int Block = WindowBatch.Block;

    public static void Multiply(in WindowColumns columns, in WindowBatch.Pointers at, int count)
    {
        float** t = stackalloc float*[Block];
        for (int w = 0; w < Math.Min(WindowColumns.Ahead, count); w++) columns.Prefetch(at, w);
        for (int w = 0; w < count; w++)
        {
            if (w + WindowColumns.Ahead < count) columns.Prefetch(at, w + WindowColumns.Ahead);
            int C = at.InputCounts[w];
            int* inputs = at.Inputs + w * at.MaxInputs;
            float* products = columns.Products(at, w);
            for (int n = 0; n < at.TargetBlocks[w]; n++)
            {
                columns.Rows(at.Targets + w * at.MaxTargets + n * Block, t);
                for (int c = 0; c < C; c++) columns.Dots(columns.Input + (long)inputs[c] * columns.Stride, t, products + c * at.MaxTargets + n * Block);
            }
        }
    }

    public static void Change(in WindowColumns columns, in WindowBatch.Pointers at, int count, float rate)
    {
        float** t = stackalloc float*[Block], x = stackalloc float*[at.MaxInputs];
        for (int w = 0; w < count; w++)
        {
            int C = at.InputCounts[w];
            if (C == 0) continue;
            float* g = columns.Factors(at, w, C, rate);
            for (int c = 0; c < C; c++) x[c] = columns.Input + (long)at.Inputs[w * at.MaxInputs + c] * columns.Stride;
            for (int n = 0; n < at.TargetBlocks[w]; n++)
            {
                columns.Rows(at.Targets + w * at.MaxTargets + n * Block, t);
                int d = 0;
                for (; d <= columns.Stride - Lanes.Width; d += Lanes.Width) Change<Whole>(d, C, x, t, g + n * Block, at.MaxTargets);
                if (d < columns.Stride) Change<Half>(d, C, x, t, g + n * Block, at.MaxTargets);
            }
        }
    }

    private static void Change<TColumns>(int d, int C, float** x, float** t, float* g, int step) where TColumns : struct, IColumns
    {
        V t0 = TColumns.Load(t[0] + d), t1 = TColumns.Load(t[1] + d), t2 = TColumns.Load(t[2] + d), t3 = TColumns.Load(t[3] + d);
        V t4 = TColumns.Load(t[4] + d), t5 = TColumns.Load(t[5] + d), t6 = TColumns.Load(t[6] + d), t7 = TColumns.Load(t[7] + d);
        for (int c = 0; c < C; c++, g += step)
        {
            float* row = x[c] + d;
            var v = TColumns.Load(row);
            V g0 = Lanes.Set(g[0]), g1 = Lanes.Set(g[1]), g2 = Lanes.Set(g[2]), g3 = Lanes.Set(g[3]);
            V g4 = Lanes.Set(g[4]), g5 = Lanes.Set(g[5]), g6 = Lanes.Set(g[6]), g7 = Lanes.Set(g[7]);
            // Two chains, so that the second need not wait for the first.
            var even = Lanes.Fma(g6, t6, Lanes.Fma(g4, t4, Lanes.Fma(g2, t2, Lanes.Fma(g0, t0, v))));
            var odd = Lanes.Fma(g7, t7, Lanes.Fma(g5, t5, Lanes.Fma(g3, t3, g1 * t1)));
            t0 = Lanes.Fma(g0, v, t0);
            t1 = Lanes.Fma(g1, v, t1);
            t2 = Lanes.Fma(g2, v, t2);
            t3 = Lanes.Fma(g3, v, t3);
            t4 = Lanes.Fma(g4, v, t4);
            t5 = Lanes.Fma(g5, v, t5);
            t6 = Lanes.Fma(g6, v, t6);
            t7 = Lanes.Fma(g7, v, t7);
            TColumns.Store(even + odd, row);
        }
        TColumns.Store(t0, t[0] + d);
        TColumns.Store(t1, t[1] + d);
        TColumns.Store(t2, t[2] + d);
        TColumns.Store(t3, t[3] + d);
        TColumns.Store(t4, t[4] + d);
        TColumns.Store(t5, t[5] + d);
        TColumns.Store(t6, t[6] + d);
        TColumns.Store(t7, t[7] + d);
    }
}
