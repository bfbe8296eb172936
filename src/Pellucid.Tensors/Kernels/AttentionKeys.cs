using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pellucid.Tensors.Kernels;

/// <summary>Where the keys (or values) of one head of one batch item lie.</summary>
internal unsafe struct AttentionKeys
{
    /// <summary>Keys side by side in a packed panel [K][32]: a multiple of every micro-kernel's columns.</summary>
    public const int Panel = 32;

    /// <summary>The first position of the head: of item 0 when there are homes, else of this item.</summary>
    public float* First;

    public long Stride;

    /// <summary>The item in whose memory each position lies; null when they all lie one stride apart.</summary>
    public int* Homes;

    public long BatchStride;

    /// <summary>Floats of a head.</summary>
    public int K;

    public readonly float* At(int s) => First + s * Stride + (Homes == null ? 0 : Homes[s] * BatchStride);

    /// <summary>The width of the panels of n keys: a whole panel, or half of one when that is enough.</summary>
    public static int PanelWidth(int n) => n <= Lanes.Width ? Lanes.Width : Panel;

    /// <summary>
    /// panels[s / 32][k][s % 32] = key s for positions start .. end - 1, zeros up to a whole panel; start is a multiple of 32.
    /// The panel is <see cref="PanelWidth"/> wide.
    /// </summary>
    public readonly void Pack(int start, int end, float* panels, float* gathered)
    {
        int width = PanelWidth(end - start);
        for (int s = start; s < end; s += Panel, panels += Panel * K)
        {
            int count = Math.Min(Panel, end - s);
            if (IsStraight(s, count))
            {
                MatMulPacking.PackColumns(At(s), (nint)Stride, count, K, panels, width);
                continue;
            }
            CopyRows(s, s + count, gathered, K);
            MatMulPacking.PackColumns(gathered, K, count, K, panels, width);
        }
    }

    /// <summary>Asks for rows start .. end - 1 before they are needed: short rows at long strides defeat the hardware's own prefetching.</summary>
    public readonly void Prefetch(int start, int end)
    {
        if (!Sse.IsSupported) return;
        for (int s = start; s < end; s++)
        {
            var row = At(s);
            for (int k = 0; k < K; k += Lanes.Width) Sse.Prefetch1(row + k);
        }
    }

    /// <summary>rows[s - start] = key s, zeros up to the width.</summary>
    public readonly void CopyRows(int start, int end, float* rows, int width)
    {
        for (int s = start; s < end; s++, rows += width)
        {
            var from = At(s);
            int k = 0;
            for (; k <= K - Lanes.Width; k += Lanes.Width) Vector512.Store(Lanes.Load(from + k), rows + k);
            for (; k < K; k++) rows[k] = from[k];
            for (; k < width; k++) rows[k] = 0;
        }
    }

    /// <summary>y[k] = (add ? y[k] : 0) + Σ_s a[s]·row s[k], s rising from start to end - 1.</summary>
    public readonly void Mix(float* a, int start, int end, float* y, bool add)
    {
        int k = 0;
        for (; k <= K - 4 * Lanes.Width; k += 4 * Lanes.Width) Mix4(a, start, end, k, y + k, add);
        for (; k < K; k += Lanes.Width) Mix1(a, start, end, k, y + k, Math.Min(Lanes.Width, K - k), add);
    }

    private readonly void Mix4(float* a, int start, int end, int k, float* y, bool add)
    {
        var (s0, s1, s2, s3) = (Lanes.Set(0), Lanes.Set(0), Lanes.Set(0), Lanes.Set(0));
        for (int s = start; s < end; s++)
        {
            var x = At(s) + k;
            var w = Lanes.Set(a[s]);
            s0 = Lanes.Fma(w, Lanes.Load(x), s0);
            s1 = Lanes.Fma(w, Lanes.Load(x + 16), s1);
            s2 = Lanes.Fma(w, Lanes.Load(x + 32), s2);
            s3 = Lanes.Fma(w, Lanes.Load(x + 48), s3);
        }
        Vector512.Store(add ? Lanes.Load(y) + s0 : s0, y);
        Vector512.Store(add ? Lanes.Load(y + 16) + s1 : s1, y + 16);
        Vector512.Store(add ? Lanes.Load(y + 32) + s2 : s2, y + 32);
        Vector512.Store(add ? Lanes.Load(y + 48) + s3 : s3, y + 48);
    }

    private readonly void Mix1(float* a, int start, int end, int k, float* y, int width, bool add)
    {
        var sum = Lanes.Set(0);
        if (width == Lanes.Width)
        {
            for (int s = start; s < end; s++) sum = Lanes.Fma(Lanes.Set(a[s]), Lanes.Load(At(s) + k), sum);
            Vector512.Store(add ? Lanes.Load(y) + sum : sum, y);
            return;
        }
        for (int s = start; s < end; s++) sum = Lanes.Fma(Lanes.Set(a[s]), Lanes.LoadTail(At(s) + k, width), sum);
        Lanes.StoreTail(add ? Lanes.LoadTail(y, width) + sum : sum, y, width);
    }

    private readonly bool IsStraight(int start, int count)
    {
        if (Homes != null)
            for (int s = start + 1; s < start + count; s++)
                if (Homes[s] != Homes[start]) return false;
        return true;
    }
}
