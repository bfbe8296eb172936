namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// The regular expression that says to Hugging Face's tokenizers (Oniguruma) what a pre-tokenizer here does in code.
/// Reading goes the same way back: a pattern is known by its text.
/// </summary>
internal static class SplitPattern
{
    private const string Letter = @"[\p{L}\p{M}]";

    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Gpt2Grouped = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"; // tiktoken's spelling, the same words
    private const string Cl100k = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly PreTokenizer[] Own = [new PreTokenizer.WordsAndSigns(), new PreTokenizer.Spaces(), new PreTokenizer.Characters()];

    public static string? Of(PreTokenizer preTokenizer, Spacing spacing)
    {
        var space = spacing is Spacing.Metaspace ? Spacing.MetaspaceCharacter : ' ';
        return preTokenizer switch
        {
            PreTokenizer.WordsAndSigns =>
                $@"{space}?{Letter}+(?:['’]{Letter}+)*|{space}?\p{{N}}|{space}?[^\p{{L}}\p{{M}}\p{{N}}\s▁]+|▁|\s",
            PreTokenizer.Spaces => $@"{space}?[^\s▁]+|▁|\s",
            PreTokenizer.Characters => @"[\s\S]",
            PreTokenizer.Gpt2Words => Gpt2,
            PreTokenizer.Cl100kWords { MostDigits: 3 } => Cl100k,
            PreTokenizer.Cl100kWords { MostDigits: 1 } => Qwen2,
            _ => null,
        };
    }

    /// <summary>One of this project's own pre-tokenizers, or null.</summary>
    public static PreTokenizer? Parse(string pattern, Spacing spacing) => Own.FirstOrDefault(candidate => Of(candidate, spacing) == pattern);

    /// <summary>The pre-tokenizer whose words are the matches of a pattern, which cover every text; null for other patterns.</summary>
    public static PreTokenizer.Scanner? Known(string pattern) => pattern switch
    {
        Gpt2 or Gpt2Grouped => new PreTokenizer.Gpt2Words(),
        Cl100k => new PreTokenizer.Cl100kWords(),
        Qwen2 => new PreTokenizer.Cl100kWords(1),
        _ => (PreTokenizer.Scanner?)Parse(pattern, new Spacing.Verbatim()),
    };
}
