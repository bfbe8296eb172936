using Pellucid.Models.Architectures;
using Pellucid.Models.Blocks;
using Pellucid.Models.Checkpoints;
using Pellucid.Models.Generation;
using Pellucid.Tensors;
using Pellucid.Tensors.Ops;
using Pellucid.Tensors.Recording;
using Pellucid.Training;
using Pellucid.Training.Batches;
using Pellucid.Training.Schedules;
using Pellucid.Training.Translation;

namespace Pellucid.Tests;

/// <summary>The whole product in a few seconds, to be read from top to bottom: from adding two tensors to a Transformer that learns.</summary>
public sealed class TinyTests
{
    [Fact]
    public void TwoTensorsAdd()
    {
        var a = Tensor.From([1, 2, 3, 4], [2, 2]);
        var b = Tensor.From([10, 20], [2]);
        Assert.Equal([11, 22, 13, 24], a.Add(b).ToArray());
    }

    [Fact]
    public void AMatrixTimesAMatrix()
    {
        var a = Tensor.From([1, 2, 3, 4, 5, 6], [2, 3]);
        var b = Tensor.From([1, 0, 0, 1, 1, 1], [3, 2]);
        Assert.Equal([4, 5, 10, 11], a.MatMul(b).ToArray());
    }

    [Fact]
    public void AContractNamesTheTensorTheShapesAndTheFix()
    {
        var query = Some.Tensor([3, 5, 2, 11]);
        var key = Some.Tensor([3, 7, 2, 12]);
        var error = Assert.Throws<ShapeException>(() => query.Attention(key, key, AttentionMask.None));
        Assert.Contains("key has shape [3, 7, 2, 12]", error.Message);
        Assert.Contains("K is 12 here but 11 in query", error.Message);
    }

    [Fact]
    public void ALossHasAGradient()
    {
        // loss = Σ (w x)², so d loss / d w = Σ 2 w x².
        var w = Parameter.From([3], [1]);
        var x = Tensor.From([1, 2], [2]);
        using var recorder = Recorder.Begin(gradients: true);
        var y = w.Multiply(x);
        recorder.Backward(y.Multiply(y).Sum(0));
        Assert.Equal(2 * 3 * (1 + 4), w.Gradient.Item());
    }

    [Fact]
    public void AttentionIsAWeightedMean()
    {
        // Two keys; the query points at the first, so nearly all weight goes there.
        var query = Tensor.From([10, 0], [1, 1, 1, 2]);
        var key = Tensor.From([10, 0, 0, 10], [1, 2, 1, 2]);
        var value = Tensor.From([1, 2, 3, 4], [1, 2, 1, 2]);
        var (context, weights) = query.AttentionWithWeights(key, value, AttentionMask.None);
        Assert.Equal(1, weights[0, 0, 0, 0], 1e-6f);
        Assert.Equal(1, context[0, 0, 0, 0], 1e-6f);
        Assert.Equal(2, context[0, 0, 0, 1], 1e-6f);
    }

    [Fact]
    public void ARecycledTensorCannotBeReadByMistake()
    {
        Tensor leaked, kept;
        using (var recorder = Recorder.Begin())
        {
            leaked = Some.Tensor([2, 3]).Relu();
            kept = recorder.Keep(Some.Tensor([2, 3]).Relu());
        }
        Assert.Throws<ObjectDisposedException>(() => leaked.ToArray());
        Assert.Equal(Some.Tensor([2, 3]).Relu().ToArray(), kept.ToArray());
    }

    [Fact]
    public void ATwoLayerTransformerLearnsToReverseDigitsAndSurvivesItsCheckpoint()
    {
        // Ids: 0 padding, 1 begin, 2 end, 3..12 the digits.
        var config = TransformerConfig.Tutorial with { VocabularySize = 13, Width = 32, Heads = 2, HiddenWidth = 64, Norm = NormPlacement.Before };
        var model = Transformer.Create(config, new Rng(1));
        var task = new TranslationTask(model, labelSmoothing: 0);
        var options = new TrainerOptions { Schedule = new InverseSquareRoot(0.01, 40), MaxSteps = 600, ValidateEvery = 0 };
        var batches = new TranslationBatches([.. Enumerable.Range(0, 2000).Select(Reversal)], new BatchMarks(0, 1, 2), new BatchOptions { Tokens = 320 });

        new Trainer<TranslationBatch>(task, batches, options).Run();

        string file = Path.Combine(Path.GetTempPath(), $"pellucid-tiny-{Guid.NewGuid():N}.safetensors");
        try
        {
            ModelCheckpoint.Save(model, file);
            var restored = Transformer.Create(config, new Rng(2));
            ModelCheckpoint.Load(restored, file);
            int right = 0;
            for (int i = 5000; i < 5050; i++)
            {
                var (source, target) = Reversal(i);
                int[] answer = Generator.Generate(restored, [[.. source, 2]], new DecodingOptions())[0][0].Tokens;
                right += answer.SequenceEqual(target) ? 1 : 0;
            }
            Assert.InRange(right, 48, 50);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Three to five digits and their reversal: number i of an endless, reproducible list.
    private static TokenPair Reversal(int i)
    {
        var rng = new Rng(42).Split((ulong)i);
        int[] digits = [.. Enumerable.Range(0, 3 + rng.Below(3, 99)).Select(k => 3 + rng.Below(10, (ulong)k))];
        return new TokenPair(digits, [.. digits.Reverse()]);
    }
}
