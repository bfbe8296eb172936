namespace Pellucid.Text.Tokenizers.ByteLevel;

/// <summary>What a tiktoken file does not say: how text is cut into words, and the special tokens with their ids (tiktoken, openai_public.py).</summary>
/// <param name="Name">tiktoken's name of it.</param>
/// <param name="PreTokenizer">How text is cut into words.</param>
/// <param name="SpecialTokens">
/// Their ids are outside those of the file. They are read out of a text unless <see cref="EncodeOptions.ReadSpecialTokens"/> says no,
/// which is what tiktoken calls encode_ordinary.
/// </param>
public sealed record TiktokenEncoding(string Name, PreTokenizer PreTokenizer, IReadOnlyList<AddedToken> SpecialTokens)
{
    internal const string EndOfText = "<|endoftext|>";

    /// <summary>GPT-2 (r50k_base is the same).</summary>
    public static TiktokenEncoding Gpt2 { get; } = new("gpt2", new PreTokenizer.Gpt2Words(), Tokens((EndOfText, 50256)));

    /// <summary>GPT-3.5 and GPT-4.</summary>
    public static TiktokenEncoding Cl100kBase { get; } = new("cl100k_base", new PreTokenizer.Cl100kWords(), Tokens(
        (EndOfText, 100257), ("<|fim_prefix|>", 100258), ("<|fim_middle|>", 100259), ("<|fim_suffix|>", 100260), ("<|endofprompt|>", 100276)));

    private static AddedToken[] Tokens(params (string Content, int Id)[] tokens) =>
        [.. tokens.Select(token => new AddedToken(token.Content, token.Id) { Special = true })];
}
