using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;

namespace Pellucid.Tests.Tensors.Kernels;

public sealed partial class AttentionTests
{
    private static readonly AttentionDropout NoDropout = default;

    private sealed record Inputs(AttentionShape Shape, float[] Q, float[] K, float[] V)
    {
        public float Scale => 1 / MathF.Sqrt(Shape.K);

        public static Inputs Of(AttentionShape shape, ulong seed = 1) =>
            new(shape, Numbers.Normal(shape.QueryLength, seed), Numbers.Normal(shape.KeyGradientLength, seed + 1), Numbers.Normal(shape.KeyGradientLength, seed + 2));

        public (float[] Weights, float[] Context) Forward(in AttentionMask mask, in AttentionDropout dropout)
        {
            float[] weights = new float[Shape.WeightLength], context = new float[Shape.QueryLength];
            Attention.Forward(Q, K, V, Shape, Scale, mask, dropout, context, new AttentionOutputs { Weights = weights });
            return (weights, context);
        }

        /// <summary>Forward without a weight matrix, then backward; gradients are added to when they are given.</summary>
        public (float[] Context, float[] Dq, float[] Dk, float[] Dv) Both(float[] dcontext, in AttentionMask mask, in AttentionDropout dropout, (float[] Q, float[] K, float[] V)? sums = null)
        {
            float[] statistics = new float[Shape.StatisticsLength], context = new float[Shape.QueryLength];
            Attention.Forward(Q, K, V, Shape, Scale, mask, dropout, context, new AttentionOutputs { Statistics = statistics });
            var (dq, dk, dv) = sums ?? (new float[Q.Length], new float[K.Length], new float[V.Length]);
            bool add = sums is not null;
            Attention.Backward(Q, K, V, context, statistics, dcontext, Shape, Scale, mask, dropout, dq, add, dk, add, dv, add);
            return (context, dq, dk, dv);
        }
    }

    private enum Mask { None, Padding, Causal, Explicit, All }

    private static readonly byte[] Holes = [.. Enumerable.Range(0, 1 << 17).Select(i => (byte)(i % 5 == 2 ? 0 : 1))];

    private static AttentionMask MaskOf(Mask kind, AttentionShape s) => new()
    {
        KeyLengths = kind is Mask.Padding or Mask.All ? Enumerable.Range(0, s.B).Select(b => Math.Max(0, s.S - 2 * b)).ToArray() : default,
        Causal = kind is Mask.Causal or Mask.All,
        Offset = s.S - s.T,
        Visible = kind is Mask.Explicit or Mask.All ? Holes.AsSpan(0, s.B * s.T * s.S) : default,
    };

    private static Func<int, int, int, bool> Visible(Mask kind, AttentionShape s) => (b, t, i) =>
        (kind is not (Mask.Padding or Mask.All) || i < s.S - 2 * b)
        && (kind is not (Mask.Causal or Mask.All) || i <= t + s.S - s.T)
        && (kind is not (Mask.Explicit or Mask.All) || Holes[(b * s.T + t) * s.S + i] != 0);

    private static Func<int, double> Factor(AttentionDropout d) => i =>
        d.P == 0 ? 1 : DropoutMask.Naive(d.Key, d.P, (ulong)i) ? 1 / (1 - (double)d.P) : 0;

    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1, 1 }, { 2, 5, 7, 2, 8 }, { 2, 16, 16, 1, 16 }, { 3, 17, 19, 2, 33 }, { 1, 6, 33, 2, 64 }, { 2, 1, 20, 2, 32 }, { 1, 3, 65, 1, 7 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void ForwardFollowsTheFormulaUnderEveryMask(int B, int T, int S, int H, int K)
    {
        var shape = new AttentionShape(B, T, S, H, K);
        var x = Inputs.Of(shape);
        foreach (Mask kind in Enum.GetValues<Mask>())
            foreach (var dropout in (AttentionDropout[])[NoDropout, new(new Rng(5), 0.25f)])
            {
                var (weights, context) = x.Forward(MaskOf(kind, shape), dropout);
                double[] w = new double[weights.Length], c = new double[context.Length];
                Attention.Naive(Numbers.Doubles(x.Q), Numbers.Doubles(x.K), Numbers.Doubles(x.V), shape, x.Scale, Visible(kind, shape), Factor(dropout), w, c);
                Numbers.Close(w, weights, 2e-6);
                Numbers.Close(c, context, 4e-6);
            }
    }

    [Theory, InlineData(2, 5, 7, 2, 8), InlineData(2, 6, 18, 1, 33)]
    public void BackwardIsTheSlopeUnderEveryMask(int B, int T, int S, int H, int K)
    {
        var shape = new AttentionShape(B, T, S, H, K);
        var x = Inputs.Of(shape);
        var c = Numbers.Normal(shape.QueryLength, 9);
        double[] q = Numbers.Doubles(x.Q), k = Numbers.Doubles(x.K), v = Numbers.Doubles(x.V), w = new double[shape.WeightLength], z = new double[c.Length];
        foreach (Mask kind in Enum.GetValues<Mask>())
        {
            var dropout = kind is Mask.None or Mask.All ? new AttentionDropout(new Rng(5), 0.25f) : NoDropout;
            var mask = MaskOf(kind, shape);
            var (_, dq, dk, dv) = x.Both(c, mask, dropout);
            double Loss()
            {
                Attention.Naive(q, k, v, shape, x.Scale, Visible(kind, shape), Factor(dropout), w, z);
                return Numbers.Dot(c, z);
            }
            double[] sq = Numbers.Slope(q, _ => Loss()), sk = Numbers.Slope(k, _ => Loss()), sv = Numbers.Slope(v, _ => Loss());
            Numbers.Close(sq, dq, 5e-6);
            Numbers.Close(sk, dk, 5e-6);
            Numbers.Close(sv, dv, 5e-6);
            x.Both(c, mask, dropout, (dq, dk, dv));
            Numbers.Close([.. sq.Select(s => 2 * s)], dq, 1e-5);
            Numbers.Close([.. sk.Select(s => 2 * s)], dk, 1e-5);
            Numbers.Close([.. sv.Select(s => 2 * s)], dv, 1e-5);
        }
    }

    [Theory, InlineData(1), InlineData(6), InlineData(23)]
    public void DecodingFromARoomyCacheEqualsFullRecomputation(int T)
    {
        const int B = 3, H = 2, K = 32, capacity = 40;
        var x = Inputs.Of(new AttentionShape(B, T, T, H, K));
        var (fullWeights, fullContext) = x.Forward(new AttentionMask { Causal = true }, NoDropout);
        const int row = H * K, batch = capacity * row;
        float[] keys = Numbers.Normal(B * batch, 50), values = Numbers.Normal(B * batch, 51);
        keys.AsSpan().Fill(float.NaN);
        values.AsSpan().Fill(float.NaN);
        for (int t = 0; t < T; t++)
        {
            var shape = new AttentionShape(B, 1, t + 1, H, K, row, batch);
            var q = new float[B * row];
            for (int b = 0; b < B; b++)
            {
                x.Q.AsSpan((b * T + t) * row, row).CopyTo(q.AsSpan(b * row));
                x.K.AsSpan((b * T + t) * row, row).CopyTo(keys.AsSpan(b * batch + t * row));
                x.V.AsSpan((b * T + t) * row, row).CopyTo(values.AsSpan(b * batch + t * row));
            }
            float[] weights = new float[shape.WeightLength], context = new float[B * row];
            Attention.Forward(q, keys, values, shape, x.Scale, new AttentionMask { Causal = true, Offset = t }, NoDropout, context, new AttentionOutputs { Weights = weights });
            for (int b = 0; b < B; b++)
            {
                Numbers.SameBits(fullContext.AsSpan((b * T + t) * row, row), context.AsSpan(b * row, row));
                for (int h = 0; h < H; h++)
                    Numbers.SameBits(fullWeights.AsSpan(((b * H + h) * T + t) * T, t + 1), weights.AsSpan((b * H + h) * (t + 1), t + 1));
            }
        }
    }

    [Fact]
    public void PaddingCannotLeakAndASentenceAloneEqualsItselfInABatch()
    {
        const int T = 9, H = 2, K = 24, longest = 21;
        int[] lengths = [21, 13, 16, 1];
        var batch = Inputs.Of(new AttentionShape(4, T, longest, H, K));
        for (int b = 0; b < 4; b++)
        {
            batch.K.AsSpan((b * longest + lengths[b]) * H * K, (longest - lengths[b]) * H * K).Fill(float.NaN);
            batch.V.AsSpan((b * longest + lengths[b]) * H * K, (longest - lengths[b]) * H * K).Fill(float.NaN);
        }
        var (_, together) = batch.Forward(new AttentionMask { KeyLengths = lengths }, NoDropout);
        for (int b = 0; b < 4; b++)
        {
            int S = lengths[b];
            var alone = new Inputs(new AttentionShape(1, T, S, H, K), batch.Q[(b * T * H * K)..((b + 1) * T * H * K)],
                batch.K[(b * longest * H * K)..((b * longest + S) * H * K)], batch.V[(b * longest * H * K)..((b * longest + S) * H * K)]);
            Numbers.SameBits(alone.Forward(default, NoDropout).Context, together.AsSpan(b * T * H * K, T * H * K));
        }
    }

    [Fact]
    public void ARowThatSeesNothingGivesZeros()
    {
        var x = Inputs.Of(new AttentionShape(2, 5, 20, 2, 16));
        var (weights, context) = x.Forward(new AttentionMask { KeyLengths = [0, 20] }, NoDropout);
        Assert.All(weights[..(weights.Length / 2)], v => Assert.Equal(0f, v));
        Assert.All(context[..(context.Length / 2)], v => Assert.Equal(0f, v));
        (weights, context) = x.Forward(new AttentionMask { Visible = new byte[100] }, NoDropout);
        Assert.All(weights, v => Assert.Equal(0f, v));
        Assert.All(context, v => Assert.Equal(0f, v));
    }

    [Fact]
    public void ScoresCanBeSeenWithoutChangingTheResult()
    {
        var shape = new AttentionShape(2, 6, 19, 2, 16);
        var x = Inputs.Of(shape);
        var mask = MaskOf(Mask.All, shape);
        var (weights, context) = x.Forward(mask, NoDropout);
        float[] w = new float[weights.Length], c = new float[context.Length], scores = new float[weights.Length], scaled = new float[weights.Length], masked = new float[weights.Length];
        Attention.Forward(x.Q, x.K, x.V, shape, x.Scale, mask, NoDropout, c, new AttentionOutputs { Weights = w, Scores = scores, Scaled = scaled, Masked = masked });
        Numbers.SameBits(weights, w);
        Numbers.SameBits(context, c);
        var visible = Visible(Mask.All, shape);
        for (int i = 0; i < w.Length; i++)
        {
            int s = i % 19, t = i / 19 % 6, b = i / 19 / 6 / 2;
            Assert.True(float.IsFinite(scores[i]));
            Assert.Equal(scores[i] * x.Scale, scaled[i]);
            Assert.Equal(visible(b, t, s) ? scaled[i] : float.NegativeInfinity, masked[i]);
        }
    }

    [Fact]
    public void ThreadsChangeNoBit()
    {
        var shape = new AttentionShape(7, 21, 33, 3, 32);
        var x = Inputs.Of(shape);
        var dc = Numbers.Normal(shape.QueryLength, 4);
        Numbers.SameOnAnyThreads(() =>
        {
            var dropout = new AttentionDropout(new Rng(5), 0.1f);
            var (context, dq, dk, dv) = x.Both(dc, default, dropout);
            return [.. x.Forward(default, dropout).Weights, .. context, .. dq, .. dk, .. dv];
        });
    }
}
