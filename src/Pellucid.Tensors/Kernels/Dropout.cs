using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>
/// y_i = x_i / (1 - p) where word firstElement + i of the generator's stream is at least p·2^32, else 0 (Srivastava et
/// al. 2014, inverted). The mask is never stored: the same call on dy is the backward pass.
/// </summary>
internal static unsafe class Dropout
{
    public static void Apply(Rng key, ulong firstElement, float p, ReadOnlySpan<float> x, Span<float> y, bool accumulate = false)
    {
        Edge.Length(x.Length, y.Length, nameof(x));
        if (!(p >= 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), $"A dropout probability lies in [0, 1), got {p}.");
        fixed (float* px = x, py = y)
        {
            var body = new Body { Key = key.Key, First = firstElement, P = p, X = px, Y = py, N = y.Length, Accumulate = accumulate };
            Split.Over((y.Length + Block - 1) / Block, 4L * Block, body);
        }
    }

    /// <summary>The same over raw memory, on the calling thread.</summary>
    public static void Row(ulong key, ulong first, float p, float* x, float* y, long n, bool accumulate)
    {
        var threshold = Vector512.Create((uint)(p * 4294967296.0));
        var scale = Lanes.Set(1f / (1f - p));
        long i = 0;
        while (i < n)
        {
            Philox.Group(key, first + (ulong)i >> 6, out var x0, out var x1, out var x2, out var x3);
            int skip = (int)(first + (ulong)i & 63);
            if (skip == 0 && n - i >= Philox.GroupWords)
            {
                Keep(x0, threshold, scale, x + i, y + i, accumulate);
                Keep(x1, threshold, scale, x + i + 16, y + i + 16, accumulate);
                Keep(x2, threshold, scale, x + i + 32, y + i + 32, accumulate);
                Keep(x3, threshold, scale, x + i + 48, y + i + 48, accumulate);
                i += Philox.GroupWords;
                continue;
            }
            int count = (int)Math.Min(Philox.GroupWords - skip, n - i);
            Part(x0, x1, x2, x3, threshold, scale, skip, count, x + i, y + i, accumulate);
            i += count;
        }
    }

    private const int Block = 4096;

    private static void Keep(Vector512<uint> words, Vector512<uint> threshold, Vector512<float> scale, float* x, float* y, bool accumulate)
    {
        var v = (Lanes.Load(x) * scale) & Vector512.GreaterThanOrEqual(words, threshold).AsSingle();
        (accumulate ? Lanes.Load(y) + v : v).Store(y);
    }

    /// <summary>An incomplete group at either end of the range.</summary>
    private static void Part(Vector512<uint> x0, Vector512<uint> x1, Vector512<uint> x2, Vector512<uint> x3,
        Vector512<uint> threshold, Vector512<float> scale, int skip, int count, float* x, float* y, bool accumulate)
    {
        uint* words = stackalloc uint[Philox.GroupWords];
        x0.Store(words);
        x1.Store(words + 16);
        x2.Store(words + 32);
        x3.Store(words + 48);
        uint limit = threshold.ToScalar();
        float factor = scale.ToScalar();
        for (int j = 0; j < count; j++)
        {
            float v = words[skip + j] >= limit ? x[j] * factor : 0f;
            y[j] = accumulate ? y[j] + v : v;
        }
    }

    private struct Body : IRangeBody
    {
        public ulong Key, First;
        public float P;
        public float* X, Y;
        public int N;
        public bool Accumulate;

        public readonly void Run(int start, int end)
        {
            long first = (long)start * Block, last = Math.Min((long)end * Block, N);
            Row(Key, First + (ulong)first, P, X + first, Y + first, last - first, Accumulate);
        }
    }
}
