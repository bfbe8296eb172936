using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pellucid.Tensors.Kernels;

/// <summary>The numbers of one Adam step, the same for every parameter of a group.</summary>
/// <remarks>BiasCorrection1 = 1 - β1^t and BiasCorrection2 = 1 - β2^t for step t = 1, 2, ...; GradientScale multiplies g first (clipping).</remarks>
internal readonly record struct AdamStep(
    float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, bool DecoupledDecay,
    float GradientScale, double BiasCorrection1, double BiasCorrection2);

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
            Split.Over((w.Length + Block - 1) / Block, 4L * Block, new Body { W = pw, G = pg, M = pm, V = pv, N = w.Length, Step = step });
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
        public float* W, G, M, V;
        public int N;
        public AdamStep Step;

        public readonly void Run(int start, int end)
        {
            var rule = new Rule(Step);
            int last = (int)Math.Min((long)end * Block, N), i = start * Block;
            for (; i <= last - Lanes.Width; i += Lanes.Width)
            {
                var w = Lanes.Load(W + i);
                var m = Lanes.Load(M + i);
                var v = Lanes.Load(V + i);
                rule.Apply(ref w, Lanes.Load(G + i), ref m, ref v);
                w.Store(W + i);
                m.Store(M + i);
                v.Store(V + i);
            }
            int n = last - i;
            if (n > 0)
            {
                var w = Lanes.LoadTail(W + i, n);
                var m = Lanes.LoadTail(M + i, n);
                var v = Lanes.LoadTail(V + i, n);
                rule.Apply(ref w, Lanes.LoadTail(G + i, n), ref m, ref v);
                Lanes.StoreTail(w, W + i, n);
                Lanes.StoreTail(m, M + i, n);
                Lanes.StoreTail(v, V + i, n);
            }
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
