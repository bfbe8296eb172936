namespace Pellucid.Text.Tokenizers;

/// <summary>
/// Which tokens of another make are padding, begin, end and unknown: their files do not say it in one place. The unknown token is
/// the model's; begin and end are the tokens that the post-processor puts before and behind one text; padding is that of the file's
/// padding. What is still open goes by the usual names. All but the unknown token must be special tokens; what has none stays open.
/// </summary>
internal static class TokenRoles
{
    private static readonly string[] Paddings = ["[PAD]", "<pad>", "<|pad|>", "<|padding|>"];
    private static readonly string[] Begins = ["<s>", "[CLS]", "<bos>", "[BOS]", "<|begin_of_text|>", "<|startoftext|>"];
    private static readonly string[] Ends = ["</s>", "[SEP]", "<eos>", "[EOS]", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>"];

    /// <param name="added">The added tokens, special ones among them.</param>
    /// <param name="unknown">The model's unknown token, if it has one.</param>
    /// <param name="postProcessor">What stands around a text.</param>
    /// <param name="padding">The token that the file pads with, if it says so.</param>
    public static SpecialTokens Of(IReadOnlyList<AddedToken> added, string? unknown, PostProcessor? postProcessor = null, string? padding = null)
    {
        var special = added.Where(token => token.Special).Select(token => token.Content).ToList();
        var (begin, end) = Around(postProcessor);
        var tokens = new SpecialTokens
        {
            Padding = Special(padding) ?? Named(Paddings),
            BeginOfSentence = Special(begin) ?? Named(Begins),
            EndOfSentence = Special(end) ?? Named(Ends),
            Unknown = unknown,
        };
        return tokens with { Additional = [.. special.Except(tokens.All)] };

        // Who is given a role is no text any more: only a token that the file calls special may lose that.
        string? Special(string? token) => token is not null && special.Contains(token) ? token : null;

        string? Named(string[] names) => names.FirstOrDefault(special.Contains);
    }

    private static (string? Begin, string? End) Around(PostProcessor? postProcessor)
    {
        if (postProcessor is PostProcessor.Sequence(var members)) return members.Select(Around).FirstOrDefault(pair => pair != default);
        if (postProcessor is PostProcessor.Bert bert) return (bert.Begin.Piece, bert.End.Piece);
        if (postProcessor is PostProcessor.Roberta roberta) return (roberta.Begin.Piece, roberta.End.Piece);
        if (postProcessor is not PostProcessor.Template(var single, _)) return default;
        var text = single.ToList().FindIndex(part => part is TemplatePart.Text);
        return text < 0 ? default : (Only(single.Take(text).FirstOrDefault()), Only(single.Skip(text + 1).LastOrDefault()));

        static string? Only(TemplatePart? part) => part is TemplatePart.Special { Pieces: [var piece] } ? piece : null;
    }
}
