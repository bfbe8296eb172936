namespace Pellucid.Text.Tokenizers;

/// <summary>Each word is one piece, or unknown. With <see cref="PreTokenizer.Characters"/> it is a character model.</summary>
public sealed class WordModel : TokenizerModel
{
    private readonly Spacing _spacing;

    internal WordModel(Vocabulary vocabulary, Spacing spacing) : base(vocabulary) => _spacing = spacing;

    internal override void Encode(ReadOnlySpan<char> word, List<int> ids, List<TextSpan>? ranges)
    {
        ids.Add(IdOf(word));
        ranges?.Add(new(0, word.Length));
    }

    /// <summary>The piece that stands for a word, or null if none can: a U+2581 of the text must not be read as a space.</summary>
    internal static string? Spell(ReadOnlySpan<char> word, Spacing spacing)
    {
        if (spacing is not Spacing.Metaspace) return word.ToString();
        if (word.Contains(Spacing.MetaspaceCharacter)) return null;
        return word[0] == ' ' ? string.Concat([Spacing.MetaspaceCharacter], word[1..]) : word.ToString();
    }

    private int IdOf(ReadOnlySpan<char> word)
    {
        // Only a word with a space in it is spelled differently from what it is.
        var isPlain = _spacing is not Spacing.Metaspace || word[0] != ' ' && !word.Contains(Spacing.MetaspaceCharacter);
        var spelled = isPlain ? word : Spell(word, _spacing);
        return Vocabulary.TryGetId(spelled, out var id) && !Vocabulary.IsSpecial(id) ? id : Vocabulary.UnknownId;
    }
}
