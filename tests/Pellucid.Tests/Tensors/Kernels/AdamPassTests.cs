using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Optimization;
using Pellucid.Tensors.Recording;

namespace Pellucid.Tests.Tensors.Kernels;

/// <summary>One pass over all parameters is parameter after parameter, bit for bit.</summary>
[Collection(nameof(ThreadCount))]
public sealed class AdamPassTests
{
    // Shorter than a vector, than a block, exactly blocks, and one more; the last gets no gradient, the third is frozen.
    private static readonly int[] Lengths = [1, 7, 4096, 17, 65, 0, 4097, 50_001, 12_288, 257];

    [Theory, InlineData(1), InlineData(2), InlineData(5)]
    public void TheWholeModelMovesAsItsParametersDoOneByOne(int threads)
    {
        int before = Threading.Count;
        Threading.Count = threads;
        try
        {
            var (all, one) = (new Model(), new Model());
            for (int t = 1; t <= 3; t++)
            {
                all.Differentiate(t);
                one.Differentiate(t);
                var update = new AdamUpdate(t, 1e-2, 0.9, 0.98, 1e-9, 0.05, DecoupledDecay: true);
                update.Apply(all.Parameters, all.Moments, 0.5, all.Averages, share: 0.1);
                for (int i = 0; i < Lengths.Length; i++)
                {
                    update.Apply(one.Parameters[i], one.Moments[i], 0.5);
                    one.Averages[i].Add(0.1);
                }
                Assert.Equal(one.Bits(), all.Bits());
            }
            Assert.Equal(Some.Tensor([Lengths[^1]], seed: (ulong)Lengths.Length - 1).ToArray(), all.Parameters[^1].ToArray());
        }
        finally
        {
            Threading.Count = before;
        }
    }

    [Fact]
    public void TheNormIsThatOfTheParametersOneByOneOnAnyThreads()
    {
        var model = new Model();
        model.Differentiate(1);
        double expected = 0;
        foreach (var parameter in model.Parameters)
            if (parameter.Trainable && parameter.HasGradient)
                expected += Pellucid.Tensors.Kernels.Measures.SumOfSquares(parameter.Gradient.Values);
        int before = Threading.Count;
        try
        {
            foreach (int threads in (int[])[1, 2, 3, 8])
            {
                Threading.Count = threads;
                Assert.Equal(BitConverter.DoubleToInt64Bits(Math.Sqrt(expected)), BitConverter.DoubleToInt64Bits(Gradients.Norm(model.Parameters)));
            }
        }
        finally
        {
            Threading.Count = before;
        }
        Assert.True(expected > 0);
        Assert.Equal(0, Gradients.Norm([]));
    }

    [Fact]
    public void ListsThatDoNotBelongTogetherAreRefused()
    {
        var model = new Model();
        var update = new AdamUpdate(1, 1e-2, 0.9, 0.98, 1e-9);
        Assert.Throws<ArgumentException>(() => update.Apply(model.Parameters, model.Moments[1..]));
        Assert.Throws<ArgumentException>(() => update.Apply(model.Parameters, model.Moments, 1, model.Averages[1..], 0.1));
        Assert.Throws<ShapeException>(() => update.Apply(model.Parameters[..2], model.Moments[1..3]));
    }

    private sealed class Model
    {
        internal Parameter[] Parameters { get; } = [.. Lengths.Select((length, i) => Parameter.From(Some.Tensor([length], seed: (ulong)i).Values, [length]))];
        internal AdamMoments[] Moments { get; }
        internal AveragedParameter[] Averages { get; }

        internal Model()
        {
            Moments = [.. Parameters.Select(parameter => new AdamMoments(parameter))];
            Averages = [.. Parameters.Select(parameter => new AveragedParameter(parameter))];
            Parameters[2].Trainable = false;
        }

        internal void Differentiate(int t)
        {
            for (int i = 0; i < Lengths.Length - 1; i++)
            {
                if (Lengths[i] == 0)
                    continue;
                Parameters[i].ClearGradient();
                using var recorder = Recorder.Begin(gradients: true);
                if (Parameters[i].Trainable)
                    recorder.Backward(Parameters[i].Multiply(Some.Tensor([Lengths[i]], seed: (ulong)(100 * t + i))).Sum(0));
            }
        }

        internal int[] Bits() => [.. Enumerable.Range(0, Lengths.Length).SelectMany(i =>
            (int[])[.. Some.Bits(Parameters[i]), .. Some.Bits(Moments[i].First), .. Some.Bits(Moments[i].Second), .. Some.Bits(Averages[i].Values)])];
    }
}
