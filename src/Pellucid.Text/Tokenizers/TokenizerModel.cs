namespace Pellucid.Text.Tokenizers;

/// <summary>How a word becomes pieces. A closed family: <see cref="BpeModel"/>, <see cref="WordModel"/>. Immutable and thread-safe.</summary>
public abstract class TokenizerModel
{
    private protected TokenizerModel(Vocabulary vocabulary) => Vocabulary = vocabulary;

    public Vocabulary Vocabulary { get; }

    /// <summary>Appends the ids of one word, spelled as in the normalised text.</summary>
    internal abstract void Encode(ReadOnlySpan<char> word, List<int> ids);

    /// <summary>The number of characters of the word that the token at its start stands for.</summary>
    internal abstract int PieceLength(ReadOnlySpan<char> rest, int id);
}
