using Pellucid.Tensors;
using Pellucid.Text.Tokenizers;
using Pellucid.Words;

namespace Pellucid.Training.Words;

/// <summary>
/// Word vectors as the rows that the embeddings of a model begin with. A piece begins with the vector of the word that is encoded as this one piece, however the tokenizer spells it (▁word, Ġword, word);
/// the other pieces keep their random rows. All vectors get one factor, so that their mean square is 1/D, that of random rows.
/// </summary>
public sealed class StartingEmbeddings
{
    private readonly Dictionary<int, int> words = [];
    private readonly WordVectors vectors;
    private readonly double factor;

    /// <param name="vectors">Of width D.</param>
    /// <param name="tokenizer">Of V pieces.</param>
    public StartingEmbeddings(WordVectors vectors, Tokenizer tokenizer, CancellationToken cancellation = default)
    {
        this.vectors = vectors;
        Match(word => word);
        Exact = words.Count;
        Match(word => char.ToUpperInvariant(word[0]) + word[1..]);
        double squares = words.Values.Distinct().Sum(id => SumOfSquares(vectors[id])), values = (double)words.Values.Distinct().Count() * vectors.Width;
        factor = squares > 0 ? Math.Sqrt(values / vectors.Width / squares) : 1;

        void Match(Func<string, string> spelling)
        {
            for (int id = 0; id < vectors.Vocabulary.Count; id++)
            {
                if (id % 4096 == 0) cancellation.ThrowIfCancellationRequested();
                string word = spelling(vectors.Vocabulary[id]);
                foreach (string text in (string[])[word, " " + word])
                    if (tokenizer.EncodeToIds(text) is [var piece] && !tokenizer.Vocabulary.IsSpecial(piece)) words.TryAdd(piece, id);
            }
        }
    }

    /// <summary>Pieces that begin with the vector of a word.</summary>
    public int Found => words.Count;

    /// <summary>Those of them that are spelled as the word; the rest are the word with a capital letter.</summary>
    public int Exact { get; }

    /// <summary>Writes the vectors that were found into an embedding, [V, D].</summary>
    /// <exception cref="TrainingException">The widths differ.</exception>
    public void Apply(Parameter embedding)
    {
        int width = embedding.Shape[1];
        if (width != vectors.Width) throw new TrainingException(FormattableString.Invariant($"the word vectors have {vectors.Width} numbers each, the model's embeddings {width}; set model.width to {vectors.Width}, or learn vectors with --vector-size {width}."));
        float[] rows = embedding.ToArray();
        foreach (var (piece, word) in words)
            for (int d = 0; d < width; d++) rows[piece * width + d] = (float)(factor * vectors[word][d]);
        embedding.Assign(rows);
    }

    private static double SumOfSquares(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float x in row) sum += (double)x * x;
        return sum;
    }
}
