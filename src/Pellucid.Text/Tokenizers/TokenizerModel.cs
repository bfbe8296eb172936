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

/// <summary>Each word is one piece, or unknown. With <see cref="PreTokenizer.Characters"/> it is a character model.</summary>
public sealed class WordModel : TokenizerModel
{
    private readonly bool _metaspace;

    internal WordModel(Vocabulary vocabulary, Spacing spacing) : base(vocabulary) => _metaspace = spacing is Spacing.Metaspace;

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids) => ids.Add(IdOf(word));

    internal override int PieceLength(ReadOnlySpan<char> rest, int id) => rest.Length;

    private int IdOf(ReadOnlySpan<char> word)
    {
        if (_metaspace && word.Contains(Spacing.MetaspaceCharacter)) return Vocabulary.UnknownId;
        int id;
        if (_metaspace && word[0] == ' ')
        {
            var spelled = string.Concat([Spacing.MetaspaceCharacter], word[1..]);
            return Vocabulary.TryGetId(spelled, out id) && !Vocabulary.IsSpecial(id) ? id : Vocabulary.UnknownId;
        }
        return Vocabulary.TryGetId(word, out id) && !Vocabulary.IsSpecial(id) ? id : Vocabulary.UnknownId;
    }
}
