namespace Pellucid.Text.Tokenizers;

/// <summary>What decoding does with the spaces that a text of pieces begins with.</summary>
public enum LeadingSpaces
{
    /// <summary>They are part of the text.</summary>
    Kept,

    /// <summary>The first was added before the text and is removed.</summary>
    FirstRemoved,

    /// <summary>The text had none: encoding removes them.</summary>
    AllRemoved,
}
