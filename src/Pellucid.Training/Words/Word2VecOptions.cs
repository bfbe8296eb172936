using Pellucid.Tensors.Words;

namespace Pellucid.Training.Words;

/// <summary>How word vectors are learned; the defaults are gensim's.</summary>
public sealed record Word2VecOptions
{
    /// <summary>Model, width, window, targets.</summary>
    public WindowOptions Windows { get; init; } = new();

    /// <summary>Passes over the text.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>The rate at the first word; it falls in proportion to the words that have been read.</summary>
    public double LearningRate { get; init; } = 0.025;

    /// <summary>The rate at the last word.</summary>
    public double MinimumLearningRate { get; init; } = 0.0001;

    /// <summary>
    /// The threshold t of subsampling: a word that makes up the share f of the text is kept with probability √(t/f) + t/f (word2vec.c; Mikolov et al. 2013b, section 2.3, has a variant); 0 keeps all.
    /// </summary>
    public double Sample { get; init; } = 1e-3;

    /// <summary>The same text and seed give the same vectors, bit for bit, on any number of threads.</summary>
    public ulong Seed { get; init; } = 1;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        Require(double.IsFinite(LearningRate) && LearningRate > 0, nameof(LearningRate), LearningRate, "positive");
        Require(MinimumLearningRate >= 0 && MinimumLearningRate <= LearningRate, nameof(MinimumLearningRate), MinimumLearningRate, "between 0 and the learning rate");
        Require(double.IsFinite(Sample) && Sample >= 0, nameof(Sample), Sample, "0 or more");
    }

    private static void Require(bool condition, string name, double value, string rule)
    {
        if (!condition) throw new ArgumentOutOfRangeException(name, value, $"{name} must be {rule}.");
    }
}

/// <summary>Where the learning of word vectors stands.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Words">Words of the vocabulary that have been read, over all epochs.</param>
/// <param name="TotalWords">As many will have been read at the end.</param>
/// <param name="LearningRate">The present rate.</param>
/// <param name="WordsPerSecond">Since the last report.</param>
/// <param name="Left">How long it will take at the speed so far.</param>
public sealed record Word2VecProgress(int Epoch, int Epochs, long Words, long TotalWords, double LearningRate, double WordsPerSecond, TimeSpan Left);
