using Pellucid.Tensors;
using Pellucid.Tensors.Kernels;
using Pellucid.Tensors.Ops;
using AttentionDropout = Pellucid.Tensors.Kernels.AttentionDropout;
using AttentionMask = Pellucid.Tensors.Kernels.AttentionMask;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>Attention over several tiles of queries and blocks of keys, and what memory it takes.</summary>
public sealed partial class AttentionTests
{
    public static TheoryData<int, int, int, int> TiledShapes => new()
    {
        { 1, 65, 2, 16 }, { 7, 257, 1, 17 }, { 16, 63, 2, 7 }, { 17, 193, 1, 33 }, { 47, 192, 1, 64 }, { 48, 191, 2, 16 }, { 49, 193, 2, 24 },
        { 63, 1, 2, 65 }, { 64, 64, 1, 32 }, { 65, 17, 1, 1 }, { 97, 385, 1, 16 }, { 257, 65, 1, 16 }, { 257, 257, 1, 8 },
    };

    [Theory, MemberData(nameof(TiledShapes))]
    public void TilesOfAwkwardSizesFollowTheFormulaAndItsDerivative(int T, int S, int H, int K)
    {
        var shape = new AttentionShape(1, T, S, H, K);
        var x = Inputs.Of(shape);
        var dc = Numbers.Normal(shape.QueryLength, 9);
        double[] q = Numbers.Doubles(x.Q), k = Numbers.Doubles(x.K), v = Numbers.Doubles(x.V);
        foreach (Mask kind in Enum.GetValues<Mask>())
        {
            var dropout = kind is Mask.Causal or Mask.All ? new AttentionDropout(new Rng(5), 0.25f) : NoDropout;
            double[] w = new double[shape.WeightLength], c = new double[q.Length], dq = new double[q.Length], dk = new double[k.Length], dv = new double[k.Length];
            Attention.Naive(q, k, v, shape, x.Scale, Visible(kind, shape), Factor(dropout), w, c);
            Attention.NaiveBackward(q, k, v, w, Numbers.Doubles(dc), shape, x.Scale, Factor(dropout), dq, dk, dv);
            var (weights, context) = x.Forward(MaskOf(kind, shape), dropout);
            var both = x.Both(dc, MaskOf(kind, shape), dropout);
            Numbers.Close(w, weights, 4e-6);
            Numbers.Close(c, context, 1e-5);
            Numbers.SameBits(context, both.Context);
            Numbers.Close(dq, both.Dq, 4e-5);
            Numbers.Close(dk, both.Dk, 4e-5);
            Numbers.Close(dv, both.Dv, 4e-5);
        }
    }

    [Fact]
    public void TheNaiveDerivativeIsTheSlope()
    {
        var shape = new AttentionShape(2, 3, 5, 2, 4);
        var x = Inputs.Of(shape);
        var dc = Numbers.Normal(shape.QueryLength, 9);
        double[] q = Numbers.Doubles(x.Q), k = Numbers.Doubles(x.K), v = Numbers.Doubles(x.V), w = new double[shape.WeightLength], c = new double[q.Length];
        double[] dq = new double[q.Length], dk = new double[k.Length], dv = new double[k.Length];
        var dropout = new AttentionDropout(new Rng(5), 0.25f);
        double Loss()
        {
            Attention.Naive(q, k, v, shape, x.Scale, Visible(Mask.Causal, shape), Factor(dropout), w, c);
            return Numbers.Dot(dc, c);
        }
        Loss();
        Attention.NaiveBackward(q, k, v, w, Numbers.Doubles(dc), shape, x.Scale, Factor(dropout), dq, dk, dv);
        Numbers.Close(Numbers.Slope(q, _ => Loss()), [.. dq.Select(d => (float)d)], 1e-6);
        Numbers.Close(Numbers.Slope(k, _ => Loss()), [.. dk.Select(d => (float)d)], 1e-6);
        Numbers.Close(Numbers.Slope(v, _ => Loss()), [.. dv.Select(d => (float)d)], 1e-6);
    }

    /// <summary>One query, K = 1 and dc = 1: then dv is the weights themselves, after dropout.</summary>
    [Theory, InlineData(0f), InlineData(0.25f)]
    public void TheDerivativeComputesTheVeryWeightsOfTheForwardPass(float p)
    {
        foreach (int S in Numbers.AwkwardLengths)
        {
            var shape = new AttentionShape(1, 1, S, 1, 1);
            var x = Inputs.Of(shape);
            var dropout = p == 0 ? NoDropout : new AttentionDropout(new Rng(5), p);
            var mask = new AttentionMask { Visible = Holes.AsSpan(0, S) };
            var weights = x.Forward(mask, dropout).Weights;
            if (p > 0) Dropout.Apply(dropout.Key, 0, p, weights, weights);
            Numbers.SameBits(weights, x.Both([1f], mask, dropout).Dv);
        }
    }

    [Fact]
    public void ThreadsChangeNoBitOfOneLongHead()
    {
        var shape = new AttentionShape(1, 150, 450, 1, 24);
        var x = Inputs.Of(shape);
        var dc = Numbers.Normal(shape.QueryLength, 4);
        Numbers.SameOnAnyThreads(() =>
        {
            var (context, dq, dk, dv) = x.Both(dc, new AttentionMask { Causal = true, Offset = 300 }, new AttentionDropout(new Rng(5), 0.1f));
            return [.. context, .. dq, .. dk, .. dv];
        });
    }

    [Fact]
    public void ALongSequenceNeedsNoMatrixOfWeights()
    {
        const int length = 2048;
        var (allocated, scratch) = MemoryOf(length);
        const long matrix = (long)length * length * sizeof(float);
        Assert.InRange(allocated, 1, matrix / 4);
        Assert.InRange(scratch, 1, matrix / 4);
        Assert.InRange(MemoryOf(length / 2).Scratch, scratch / 2, scratch);
    }

    /// <summary>Bytes that a thread allocates for a forward and a backward pass, outputs and scratch included, and its scratch alone.</summary>
    private static (long Allocated, long Scratch) MemoryOf(int length)
    {
        var shape = new AttentionShape(1, length, length, 2, 16);
        var x = Inputs.Of(shape);
        var dc = Numbers.Normal(shape.QueryLength, 4);
        (long, long) result = default;
        var thread = new Thread(() =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            x.Both(dc, new AttentionMask { Causal = true }, NoDropout);
            result = (GC.GetAllocatedBytesForCurrentThread() - before, AttentionScratch.Bytes);
        });
        thread.Start();
        thread.Join();
        return result;
    }

    [Fact]
    public void AnOpKeepsTwoNumbersForEachQuery()
    {
        const int T = 1024;
        var x = Tensor.From(Numbers.Normal(T * 2 * 16, 1), [1, T, 2, 16]);
        x.Attention(x, x, Pellucid.Tensors.Ops.AttentionMask.CausalOnly);
        long before = GC.GetAllocatedBytesForCurrentThread();
        x.Attention(x, x, Pellucid.Tensors.Ops.AttentionMask.CausalOnly);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, T * 2 * 18 * sizeof(float), T * T * sizeof(float) / 4);
    }

    [Fact]
    public void ASecondCallAllocatesNothing()
    {
        var shape = new AttentionShape(2, 60, 200, 2, 16);
        var x = Inputs.Of(shape);
        float[] statistics = new float[shape.StatisticsLength], context = new float[shape.QueryLength], dq = new float[x.Q.Length], dk = new float[x.K.Length], dv = new float[x.V.Length];
        var dropout = new AttentionDropout(new Rng(5), 0.1f);
        long least = long.MaxValue; // a thread allocates its scratch once, in whichever call it takes part first
        for (int i = 0; i < 5; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Attention.Forward(x.Q, x.K, x.V, shape, x.Scale, default, dropout, context, new AttentionOutputs { Statistics = statistics });
            Attention.Backward(x.Q, x.K, x.V, context, statistics, context, shape, x.Scale, default, dropout, dq, false, dk, false, dv, false);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
