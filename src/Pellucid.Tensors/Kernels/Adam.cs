using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>The numbers of one Adam step, the same for every parameter of a group.</summary>
/// <remarks>BiasCorrection1 = 1 - β1^t and BiasCorrection2 = 1 - β2^t for step t = 1, 2, ...; GradientScale multiplies g first (clipping).</remarks>
internal readonly record struct AdamStep(
    float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, bool DecoupledDecay,
    float GradientScale, double BiasCorrection1, double BiasCorrection2);

/// <summary>The arrays of one parameter, which must not move: weights, gradient (null: none has come, and the weights stay), moments, and the moving average (null: none).</summary>
internal unsafe struct AdamPiece
{
    public float* W, G, M, V, Average;
    public int Length;

    /// <summary>Set by the kernel: the blocks of all pieces are numbered through.</summary>
    public int FirstBlock;
}

/// <summary>
/// One fused pass over a parameter: Adam (Kingma and Ba 2015, algorithm 1) with L2 decay, or AdamW (Loshchilov and
/// Hutter 2019, algorithm 2) when the decay is decoupled; the order of operations is PyTorch's.
/// </summary>
internal static unsafe class Adam
{
    public static void Step(Span<float> w, ReadOnlySpan<float> g, Span<float> m, Span<float> v, in AdamStep step)
    {
        Edge.Length(g.Length, w.Length, nameof(g));
        Edge.Length(m.Length, w.Length, nameof(m));
        Edge.Length(v.Length, w.Length, nameof(v));
        fixed (float* pw = w, pg = g, pm = m, pv = v)
            Step([new AdamPiece { W = pw, G = pg, M = pm, V = pv, Length = w.Length }], step);
    }

    /// <summary>
    /// The same for all parameters of a model in one dispatch, and with each its moving average: <c>average = average·(1 - share) + share·w</c> of the new w.
    /// Bit for bit what parameter after parameter gives.
    /// </summary>
    public static void Step(Span<AdamPiece> pieces, in AdamStep step, double share = 0)
    {
        int blocks = 0;
        foreach (ref var piece in pieces)
        {
            piece.FirstBlock = blocks;
            blocks += (piece.Length + Block - 1) / Block;
        }
        fixed (AdamPiece* first = pieces)
            Split.Over(blocks, 4L * Block, new Body { Pieces = first, Count = pieces.Length, Step = step, Share = (float)share, Rest = (float)(1 - share) });
    }

    public static void Naive(Span<double> w, ReadOnlySpan<double> g, Span<double> m, Span<double> v, in AdamStep s)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double gradient = g[i] * s.GradientScale;
            if (s.DecoupledDecay) w[i] *= 1 - (double)s.LearningRate * s.WeightDecay;
            else gradient += s.WeightDecay * w[i];
            m[i] = s.Beta1 * m[i] + (1.0 - s.Beta1) * gradient;
            v[i] = s.Beta2 * v[i] + (1.0 - s.Beta2) * gradient * gradient;
            w[i] -= s.LearningRate * (m[i] / s.BiasCorrection1) / (Math.Sqrt(v[i] / s.BiasCorrection2) + s.Epsilon);
        }
    }

    private const int Block = 4096;

    private struct Body : IRangeBody
    {
        public AdamPiece* Pieces;
        public int Count;
        public AdamStep Step;
        public float Share, Rest;

        public readonly void Run(int start, int end)
        {
            var rule = new Rule(Step);
            int at = LastNotAfter(start);
            for (int block = start; block < end; block++)
            {
                while (at + 1 < Count && Pieces[at + 1].FirstBlock <= block) at++;
                ref readonly var piece = ref Pieces[at];
                int first = (block - piece.FirstBlock) * Block, last = (int)Math.Min((long)first + Block, piece.Length);
                if (piece.G != null) Move(piece, first, last, rule);
                if (piece.Average != null) Blend(piece, first, last);
            }
        }

        /// <summary>The piece that block lies in; pieces without elements have none.</summary>
        private readonly int LastNotAfter(int block)
        {
            int low = 0, high = Count - 1;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (Pieces[middle].FirstBlock <= block) low = middle;
                else high = middle - 1;
            }
            return low;
        }

        private static void Move(in AdamPiece p, int i, int last, in Rule rule)
        {
            for (; i <= last - Lanes.Width; i += Lanes.Width)
            {
                var w = Lanes.Load(p.W + i);
                var m = Lanes.Load(p.M + i);
                var v = Lanes.Load(p.V + i);
                rule.Apply(ref w, Lanes.Load(p.G + i), ref m, ref v);
                w.Store(p.W + i);
                m.Store(p.M + i);
                v.Store(p.V + i);
            }
            int n = last - i;
            if (n > 0)
            {
                var w = Lanes.LoadTail(p.W + i, n);
                var m = Lanes.LoadTail(p.M + i, n);
                var v = Lanes.LoadTail(p.V + i, n);
                rule.Apply(ref w, Lanes.LoadTail(p.G + i, n), ref m, ref v);
                Lanes.StoreTail(w, p.W + i, n);
                Lanes.StoreTail(m, p.M + i, n);
                Lanes.StoreTail(v, p.V + i, n);
            }
        }

        // A block of w is still in the cache: the second loop costs the average's traffic alone.
        private readonly void Blend(in AdamPiece p, int i, int last)
        {
            var (share, rest) = (Lanes.Set(Share), Lanes.Set(Rest));
            for (; i <= last - Lanes.Width; i += Lanes.Width)
                Lanes.Fma(Lanes.Load(p.W + i), share, Lanes.Load(p.Average + i) * rest).Store(p.Average + i);
            int n = last - i;
            if (n > 0) Lanes.StoreTail(Lanes.Fma(Lanes.LoadTail(p.W + i, n), share, Lanes.LoadTail(p.Average + i, n) * rest), p.Average + i, n);
        }
    }

    private readonly struct Rule(in AdamStep s)
    {
        private readonly float gradientScale = s.GradientScale;
        private readonly float shrink = s.DecoupledDecay ? (float)(1 - (double)s.LearningRate * s.WeightDecay) : 1f;
        private readonly float decay = s.DecoupledDecay ? 0f : s.WeightDecay;
        private readonly float blend1 = (float)(1 - (double)s.Beta1), beta2 = s.Beta2, blend2 = (float)(1 - (double)s.Beta2);
        private readonly float stepSize = (float)(s.LearningRate / s.BiasCorrection1);
        private readonly float rootCorrection = (float)(1 / Math.Sqrt(s.BiasCorrection2)), epsilon = s.Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector512<float> w, Vector512<float> g, ref Vector512<float> m, ref Vector512<float> v)
        {
            g = Lanes.Fma(Lanes.Set(decay), w, g * Lanes.Set(gradientScale));
            w *= Lanes.Set(shrink);
            m = Lanes.Fma(Lanes.Set(blend1), g - m, m);
            v = Lanes.Fma(Lanes.Set(blend2) * g, g, v * Lanes.Set(beta2));
            var root = Lanes.Fma(Vector512.Sqrt(v), Lanes.Set(rootCorrection), Lanes.Set(epsilon));
            w = Lanes.Fma(Lanes.Set(-stepSize), m / root, w);
        }
    }
}
