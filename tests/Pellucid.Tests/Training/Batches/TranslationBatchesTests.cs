using Pellucid.Training;
using Pellucid.Training.Batches;

namespace Pellucid.Tests.Training.Batches;

public class TranslationBatchesTests
{
    [Theory]
    [InlineData(64, 1000)]
    [InlineData(8, 1000)]
    [InlineData(200, 4)]
    public void EverySentenceComesExactlyOnceAndNoBatchExceedsTheBudget(int tokens, int sentences)
    {
        foreach (int epoch in (int[])[0, 1, 9])
        {
            var batches = All(new BatchOptions { Tokens = tokens, Sentences = sentences }, epoch);
            Assert.Equal(Enumerable.Range(0, 90), batches.SelectMany(batch => batch.Sentences).Order());
            Assert.All(batches, batch => Assert.True(batch.Sentences.Length <= sentences && batch.Source.Shape[0] * Math.Max(batch.Source.Shape[1], batch.TargetInput.Shape[1]) <= tokens));
        }
    }

    [Fact]
    public void TheOrderIsAFunctionOfSeedAndEpoch()
    {
        var first = Order(1, 0);
        Assert.Equal(first, Order(1, 0));
        Assert.NotEqual(first, Order(1, 1));
        Assert.NotEqual(first, Order(2, 0));
    }

    [Fact]
    public void SentencesOfABatchAreOfNearlyTheSameLength()
    {
        var batches = All(new BatchOptions { Tokens = 64 }, 0);
        int padded = batches.Sum(batch => batch.TargetOutput.Shape.Count), real = batches.Sum(batch => batch.TargetTokens);
        Assert.True(real > 0.9 * padded, $"{real} of {padded} target tokens are not padding");
    }

    [Fact]
    public void BatchesComeInMixedOrderOfLength()
    {
        int[] lengths = [.. All(new BatchOptions { Tokens = 30 }, 0).Select(batch => batch.TargetInput.Shape[1])];
        Assert.NotEqual(lengths.Order(), lengths);
    }

    [Fact]
    public void MarksStandWhereTheModelWantsThem()
    {
        var batch = TranslationBatch.Of([new([4, 5, 6], [7]), new([8], [9, 10])], ReverseDigits.Marks);
        Assert.Equal([4, 5, 6, 2, 8, 2, 0, 0], batch.Source.Values.ToArray());
        Assert.Equal([4, 2], batch.SourceLengths);
        Assert.Equal([1, 7, 0, 1, 9, 10], batch.TargetInput.Values.ToArray());
        Assert.Equal([7, 2, 0, 9, 10, 2], batch.TargetOutput.Values.ToArray());
        Assert.Equal(5, batch.TargetTokens);
    }

    [Fact]
    public void ASentenceLargerThanABatchIsNamed()
    {
        var batches = new TranslationBatches([new([4], [4]), new([4, 5, 6, 7], [4])], ReverseDigits.Marks, new BatchOptions { Tokens = 4 });
        var error = Assert.Throws<TrainingException>(() => batches.Epoch(0));
        Assert.Contains("sentence 2 takes 5 tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheStreamGivesEveryEpochInOrderFromAnyCursor()
    {
        var source = ReverseDigits.Batches();
        int perEpoch = source.Epoch(0).Count;
        using var stream = new BatchStream<TranslationBatch>(source, new BatchCursor(0, perEpoch - 1));
        var (last, afterLast) = stream.Take();
        Assert.Equal(source.Epoch(0).Batch(perEpoch - 1).Sentences, last.Sentences);
        Assert.Equal(new BatchCursor(1, 0), afterLast);
        Assert.Equal(source.Epoch(1).Batch(0).Sentences, stream.Take().Batch.Sentences);
        Assert.Equal(source.Epoch(1).Batch(1).Sentences, stream.Take().Batch.Sentences);
    }

    [Fact]
    public void AFailureOfTheBackgroundThreadReachesTheCaller()
    {
        var failing = new TranslationBatches((epoch, _) => epoch == 0 ? ReverseDigits.Pairs(3) : throw new InvalidDataException("the disk is gone"), ReverseDigits.Marks, ReverseDigits.Batching);
        using var stream = new BatchStream<TranslationBatch>(failing, default);
        stream.Take();
        Assert.Throws<InvalidDataException>(() => stream.Take());
    }

    [Fact]
    public void DataWithoutSentencesIsRefused()
    {
        using var stream = new BatchStream<TranslationBatch>(new TranslationBatches([], ReverseDigits.Marks, ReverseDigits.Batching), default);
        Assert.Throws<TrainingException>(() => stream.Take());
    }

    private static int[] Order(ulong seed, int epoch) => [.. All(new BatchOptions { Tokens = 64, Seed = seed }, epoch).SelectMany(batch => batch.Sentences)];

    private static TranslationBatch[] All(BatchOptions options, int epoch)
    {
        var plan = ReverseDigits.Batches(options: options).Epoch(epoch);
        return [.. Enumerable.Range(0, plan.Count).Select(plan.Batch)];
    }
}
