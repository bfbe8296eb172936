using V = System.Runtime.Intrinsics.Vector512<float>;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// CBOW on a block of columns. With h the mean or sum of a window's inputs x, t its targets and g[n] = rate · weight[n] · (label[n] - σ(h·t[n])), the products of a batch are taken before any of its changes;
/// then, window after window: dh = Σ_n g[n] t[n], t[n] += g[n] h, and x[c] += dh for every word around.
/// </summary>
internal static unsafe class CbowColumns
{
    private const int Block = WindowBatch.Block;

    public static void Multiply(in WindowColumns columns, in WindowBatch.Pointers at, int count, bool isMean)
    {
        float** t = stackalloc float*[Block], x = stackalloc float*[at.MaxInputs];
        float* h = stackalloc float[columns.Stride];
        for (int w = 0; w < Math.Min(WindowColumns.Ahead, count); w++) columns.Prefetch(at, w);
        for (int w = 0; w < count; w++)
        {
            if (w + WindowColumns.Ahead < count) columns.Prefetch(at, w + WindowColumns.Ahead);
            int C = at.InputCounts[w], d = 0;
            if (C == 0) continue;
            for (int c = 0; c < C; c++) x[c] = columns.Input + (long)at.Inputs[w * at.MaxInputs + c] * columns.Stride;
            var scale = Lanes.Set(isMean ? 1f / C : 1f);
            for (; d <= columns.Stride - Lanes.Width; d += Lanes.Width) Whole.Store(Sum<Whole>(d, C, x) * scale, h + d);
            if (d < columns.Stride) Half.Store(Sum<Half>(d, C, x) * scale, h + d);
            float* products = columns.Products(at, w);
            for (int n = 0; n < at.TargetBlocks[w]; n++)
            {
                columns.Rows(at.Targets + w * at.MaxTargets + n * Block, t);
                columns.Dots(h, t, products + n * Block);
            }
        }
    }

    public static void Change(in WindowColumns columns, in WindowBatch.Pointers at, int count, float rate, bool isMean)
    {
        float** t = stackalloc float*[at.MaxTargets], x = stackalloc float*[at.MaxInputs];
        for (int w = 0; w < count; w++)
        {
            int C = at.InputCounts[w], d = 0, blocks = at.TargetBlocks[w];
            if (C == 0) continue;
            float* g = columns.Factors(at, w, 1, rate);
            for (int c = 0; c < C; c++) x[c] = columns.Input + (long)at.Inputs[w * at.MaxInputs + c] * columns.Stride;
            for (int n = 0; n < blocks; n++) columns.Rows(at.Targets + w * at.MaxTargets + n * Block, t + n * Block);
            var scale = Lanes.Set(isMean ? 1f / C : 1f);
            for (; d <= columns.Stride - Lanes.Width; d += Lanes.Width) Change<Whole>(d, C, x, blocks, t, g, scale);
            if (d < columns.Stride) Change<Half>(d, C, x, blocks, t, g, scale);
        }
    }

    private static V Sum<TColumns>(int d, int C, float** x) where TColumns : struct, IColumns
    {
        V sum = default;
        for (int c = 0; c < C; c++) sum += TColumns.Load(x[c] + d);
        return sum;
    }

    private static void Change<TColumns>(int d, int C, float** x, int blocks, float** t, float* g, V scale) where TColumns : struct, IColumns
    {
        V h = Sum<TColumns>(d, C, x) * scale, even = default, odd = default;
        for (int n = 0; n < blocks * Block; n += 2)
        {
            V g0 = Lanes.Set(g[n]), g1 = Lanes.Set(g[n + 1]), t0 = TColumns.Load(t[n] + d), t1 = TColumns.Load(t[n + 1] + d);
            even = Lanes.Fma(g0, t0, even);
            odd = Lanes.Fma(g1, t1, odd);
            TColumns.Store(Lanes.Fma(g0, h, t0), t[n] + d);
            TColumns.Store(Lanes.Fma(g1, h, t1), t[n + 1] + d);
        }
        var dh = even + odd;
        for (int c = 0; c < C; c++) TColumns.Store(TColumns.Load(x[c] + d) + dh, x[c] + d);
    }
}
