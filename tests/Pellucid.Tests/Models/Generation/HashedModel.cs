using Pellucid.Models.Generation;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models.Generation;

/// <summary>
/// A model whose logits are a pure function of (seed, source, prefix): every hypothesis has a probability that a test can compute on its own,
/// and a search that mixes up rows gets wrong numbers at once.
/// </summary>
internal sealed class HashedModel(ulong seed, int vocabularySize = 7, int maxLength = 64) : IDecodable
{
    public int VocabularySize => vocabularySize;

    public int MaxLength => maxLength;

    /// <summary>Added to the end token's logit.</summary>
    internal float EndBias { get; init; }

    /// <summary>Replaces the logits when set.</summary>
    internal Func<int[], int[], float[]>? Rule { get; init; }

    internal bool HasAlignment { get; init; } = true;

    /// <summary>The number of rows of every step of every session.</summary>
    internal List<int> RowsPerStep { get; } = [];

    public IDecodingSession Begin(IReadOnlyList<int[]> sources, int width, DecodingMode mode, bool alignment) => new Session(this, sources, width);

    internal float[] Logits(int[] source, int[] prefix)
    {
        if (Rule is not null)
            return Rule(source, prefix);
        var rng = Stream(source, prefix);
        float[] logits = [.. Enumerable.Range(0, vocabularySize).Select(token => (float)(1.5 * rng.Normal((ulong)token)))];
        logits[2] += EndBias;
        return logits;
    }

    internal float[] Attention(int[] source, int[] prefix)
    {
        var rng = Stream(source, prefix).Split("attention");
        double[] weights = [.. source.Select((_, s) => Math.Exp(rng.Normal((ulong)s)))];
        return [.. weights.Select(weight => (float)(weight / weights.Sum()))];
    }

    private Rng Stream(int[] source, int[] prefix)
    {
        var rng = new Rng(seed);
        foreach (int token in source)
            rng = rng.Split((ulong)token);
        rng = rng.Split("target");
        foreach (int token in prefix)
            rng = rng.Split((ulong)token);
        return rng;
    }

    private sealed class Session(HashedModel model, IReadOnlyList<int[]> sources, int width) : IDecodingSession
    {
        private int[][] rowSources = [.. sources.SelectMany(source => Enumerable.Repeat(source, width))];
        private int[][] prefixes = [.. Enumerable.Repeat(Array.Empty<int>(), sources.Count * width)];
        private bool begun;

        public Tensor? Alignment { get; private set; }

        public Tensor Step(ReadOnlySpan<int> tokens)
        {
            Assert.Equal(prefixes.Length, tokens.Length);
            for (int row = 0; row < tokens.Length; row++)
                if (begun)
                    prefixes[row] = [.. prefixes[row], tokens[row]];
                else
                    Assert.Equal(1, tokens[row]);
            begun = true;
            model.RowsPerStep.Add(tokens.Length);
            int longest = rowSources.Max(source => source.Length);
            if (model.HasAlignment)
                Alignment = Tensor.From([.. rowSources.SelectMany((source, row) => Padded(model.Attention(source, prefixes[row]), longest))], [tokens.Length, longest]);
            return Tensor.From([.. rowSources.SelectMany((source, row) => model.Logits(source, prefixes[row]))], [tokens.Length, model.VocabularySize]);
        }

        public void Reorder(ReadOnlySpan<int> parents)
        {
            var old = prefixes;
            prefixes = new int[parents.Length][];
            for (int row = 0; row < parents.Length; row++)
            {
                Assert.Equal(row / width, parents[row] / width);
                prefixes[row] = old[parents[row]];
            }
        }

        public void KeepSentences(ReadOnlySpan<int> sentences)
        {
            int[] rows = [.. sentences.ToArray().SelectMany(sentence => Enumerable.Range(sentence * width, width))];
            rowSources = [.. rows.Select(row => rowSources[row])];
            prefixes = [.. rows.Select(row => prefixes[row])];
        }

        public void Dispose()
        {
        }

        private static float[] Padded(float[] values, int length) => [.. values, .. new float[length - values.Length]];
    }
}

/// <summary>What the searches are measured against, written the slow and obvious way.</summary>
internal static class Exhaustive
{
    /// <summary>Every target up to <paramref name="maximum"/> tokens, best score first.</summary>
    internal static List<(int[] Tokens, double Score, double LogProbability)> Search(HashedModel model, int[] source, int maximum, LengthPenalty penalty)
    {
        var found = new List<(int[], double, double)>();
        Visit([], 0);
        return [.. found.OrderByDescending(hypothesis => hypothesis.Item2)];

        void Visit(int[] prefix, double total)
        {
            var steps = LogSoftmax(model.Logits(source, prefix));
            double ended = total + steps[2];
            found.Add((prefix, ended / penalty.Of(prefix.Length + 1), ended));
            if (prefix.Length == maximum)
                return;
            for (int token = 3; token < model.VocabularySize; token++)
                Visit([.. prefix, token], total + steps[token]);
        }
    }

    internal static double[] LogSoftmax(float[] logits)
    {
        double most = logits.Max();
        double sum = most + Math.Log(logits.Sum(logit => Math.Exp(logit - most)));
        return [.. logits.Select(logit => logit - sum)];
    }
}

/// <summary>Comparison down to the bit.</summary>
internal static class Bits
{
    internal static void Equal(Hypothesis expected, Hypothesis actual)
    {
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected.Score), BitConverter.DoubleToInt64Bits(actual.Score));
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected.LogProbability), BitConverter.DoubleToInt64Bits(actual.LogProbability));
        Assert.Equal(expected.StepLogProbabilities.Select(BitConverter.SingleToInt32Bits), actual.StepLogProbabilities.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(expected.Cut, actual.Cut);
        Assert.Equal(expected.Alignment is null, actual.Alignment is null);
        if (expected.Alignment is { } alignment)
            for (int t = 0; t < alignment.TargetLength; t++)
                Assert.Equal(alignment[t].ToArray().Select(BitConverter.SingleToInt32Bits), actual.Alignment![t].ToArray().Select(BitConverter.SingleToInt32Bits));
    }

    internal static void Equal(IReadOnlyList<Hypothesis> expected, IReadOnlyList<Hypothesis> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Equal(expected[i], actual[i]);
    }
}
