namespace Pellucid.Text.Tokenizers;

/// <summary>How characters become the first symbols of BPE, beside those that are pieces.</summary>
internal sealed record BpeSpelling
{
    /// <summary>A space is the piece U+2581, and a U+2581 of the text is no piece.</summary>
    public bool Metaspace { get; init; }

    /// <summary>Stands behind the last character of a word; null: nothing.</summary>
    public string? EndMarker { get; init; }

    /// <summary>Stands before every character but the first, and goes when it is merged; null: nothing.</summary>
    public string? ContinuingPrefix { get; init; }

    /// <summary>A character that is no piece becomes its UTF-8 bytes, if all of them are pieces.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Neighbouring unknown characters are one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>A word that is a piece is taken as it is, whatever the merges make of it.</summary>
    public bool WholeWords { get; init; }

    public static BpeSpelling Of(Spacing spacing, bool byteFallback) => new()
    {
        Metaspace = spacing is Spacing.Metaspace, EndMarker = (spacing as Spacing.EndOfWord)?.Marker, ByteFallback = byteFallback,
    };
}
