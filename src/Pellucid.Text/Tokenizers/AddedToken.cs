namespace Pellucid.Text.Tokenizers;

/// <summary>A token that is found in the text as it stands, before anything else is done to the text: <c>&lt;|endoftext|&gt;</c>.</summary>
/// <param name="Content">Its spelling; the vocabulary has it as a piece.</param>
/// <param name="Id">Its id.</param>
public sealed record AddedToken(string Content, int Id)
{
    /// <summary>Only where no letter, digit or underscore stands right before or after it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>It takes the white space before it.</summary>
    public bool StripLeft { get; init; }

    /// <summary>It takes the white space after it.</summary>
    public bool StripRight { get; init; }

    /// <summary>It is found in the normalised text, by its normalised spelling, instead of in the source.</summary>
    public bool Normalized { get; init; }

    /// <summary>It stands for no text: decoding leaves it out unless asked to keep it.</summary>
    public bool Special { get; init; }

    /// <summary>Whether the model does not know it: its id is the tokenizer's alone.</summary>
    internal bool IsBeyondModel { get; init; }
}
