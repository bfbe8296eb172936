using Pellucid.Tensors;

namespace Pellucid.Explain.Tours;

/// <summary>A small text as ids, numbered as the words first appear.</summary>
internal sealed record WordsTourText(IReadOnlyList<int[]> Sentences, IReadOnlyList<string> Vocabulary, IReadOnlyList<int> Counts)
{
    /// <summary>The words of the text.</summary>
    internal int Count => Sentences.Sum(sentence => sentence.Length);

    /// <summary>man is to king as woman is to ?, where the text has these words.</summary>
    internal (int A, int B, int C)? Analogy =>
        Find("man") is { } man && Find("king") is { } king && Find("woman") is { } woman ? (man, king, woman) : null;

    /// <exception cref="ArgumentException">The text has too few words or too many.</exception>
    internal static WordsTourText Read(string text)
    {
        var sentences = new List<int[]>();
        var (vocabulary, counts) = (new List<string>(), new List<int>());
        int words = 0;
        foreach (string line in text.Split('\n'))
        {
            var ids = new List<int>();
            foreach (string word in line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                int id = vocabulary.IndexOf(word);
                if (id < 0)
                {
                    id = vocabulary.Count;
                    vocabulary.Add(word);
                    counts.Add(0);
                }
                counts[id]++;
                ids.Add(id);
                if (++words > WordsTour.LongestText) throw new ArgumentException($"the text has more than {WordsTour.LongestText} words; a small one can be followed.");
                if (vocabulary.Count > WordsTour.MostWords) throw new ArgumentException($"the text has more than {WordsTour.MostWords} different words; fewer can be shown.");
            }
            if (ids.Count > 0) sentences.Add([.. ids]);
        }
        if (vocabulary.Count < 3 || !sentences.Exists(sentence => sentence.Length > 1))
            throw new ArgumentException("the text needs three different words and a sentence of two.");
        return new(sentences, vocabulary, counts);
    }

    internal string[] Spelled(IEnumerable<int> ids) => [.. ids.Select(id => Vocabulary[id])];

    /// <summary>Words that are not this one, drawn with probabilities proportional to count^0.75 (Mikolov et al. 2013b, section 2.2); no word twice, so that each is a row of its own on show.</summary>
    internal int[] Drawn(int word, int count)
    {
        var rng = new Rng(2013).Split("negative");
        var left = Enumerable.Range(0, Vocabulary.Count).Where(id => id != word).ToList();
        var drawn = new List<int>();
        float[] at = new float[count];
        rng.FillUniform(0, at, 0, 1);
        foreach (float share in at)
        {
            if (left.Count == 0) break;
            double[] weights = [.. left.Select(id => Math.Pow(Counts[id], 0.75))];
            double sum = weights.Sum() * share;
            int i = 0;
            while (i < left.Count - 1 && (sum -= weights[i]) >= 0) i++;
            drawn.Add(left[i]);
            left.RemoveAt(i);
        }
        return [.. drawn];
    }

    private int? Find(string word) => Enumerable.Range(0, Vocabulary.Count).Cast<int?>().FirstOrDefault(id => Vocabulary[id!.Value] == word);
}
