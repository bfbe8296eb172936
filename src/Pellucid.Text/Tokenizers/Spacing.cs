namespace Pellucid.Text.Tokenizers;

/// <summary>How pieces carry the spaces between words, and so how they are put together again. A closed family.</summary>
public abstract record Spacing
{
    private Spacing()
    {
    }

    /// <summary>The character that stands for a space, U+2581.</summary>
    internal const char MetaspaceCharacter = '\u2581';

    /// <summary>
    /// Each space is U+2581, and one more stands before the first word; decoding restores the text exactly.
    /// Kudo and Richardson 2018 (SentencePiece), section 3. A U+2581 of the text itself is kept apart: it is encoded as its bytes.
    /// </summary>
    public sealed record Metaspace : Spacing;

    /// <summary>Pieces are put together as they are; a space is a piece like any other.</summary>
    public sealed record Verbatim : Spacing;

    /// <summary>Pieces are whole words, put together with one space between.</summary>
    public sealed record Joined : Spacing;

    /// <summary>The last piece of each word ends with a marker; it becomes a space. Sennrich et al. 2016, section 3.2.</summary>
    public sealed record EndOfWord(string Marker = "</w>") : Spacing;
}
