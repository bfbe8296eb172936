using Pellucid.Tensors;
using Pellucid.Text.Words;

namespace Pellucid.Training.Words;

/// <summary>Leaves out a part of the frequent words: one with the share f of the text is kept with probability √(t/f) + t/f, as word2vec.c does.</summary>
internal sealed class Subsampling
{
    private readonly uint[] limits;
    private uint[] draws = [];

    internal Subsampling(WordVocabulary vocabulary, double threshold)
    {
        limits = new uint[vocabulary.Count];
        for (int id = 0; id < limits.Length; id++)
        {
            double ratio = threshold * vocabulary.Total / vocabulary.Counts[id];
            double probability = threshold == 0 ? 1 : Math.Sqrt(ratio) + ratio;
            limits[id] = probability >= 1 ? uint.MaxValue : (uint)(probability * uint.MaxValue);
        }
    }

    /// <summary>The share of a text with these counts that is kept on average.</summary>
    internal double KeptShare(WordVocabulary vocabulary)
    {
        double kept = 0;
        for (int id = 0; id < limits.Length; id++) kept += vocabulary.Counts[id] * ((limits[id] + 1.0) / (1UL << 32));
        return kept / vocabulary.Total;
    }

    /// <summary>Moves the words that are kept to the front, in their order, and gives their number; -1, between sentences, stays.</summary>
    /// <param name="words">Ids.</param>
    /// <param name="key">Whether a word is kept is a function of key and position.</param>
    /// <param name="counted">The words that there were.</param>
    internal int Keep(Span<int> words, Rng key, out int counted)
    {
        if (draws.Length < words.Length) draws = new uint[words.Length];
        key.Fill(0, draws.AsSpan(0, words.Length));
        int kept = 0;
        counted = 0;
        for (int i = 0; i < words.Length; i++)
        {
            int word = words[i];
            if (word >= 0)
            {
                counted++;
                if (draws[i] > limits[word]) continue;
            }
            words[kept++] = word;
        }
        return kept;
    }
}
