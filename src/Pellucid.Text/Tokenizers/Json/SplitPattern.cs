namespace Pellucid.Text.Tokenizers.Json;

/// <summary>
/// The regular expression that says to Hugging Face's tokenizers (Oniguruma) what a pre-tokenizer here does in code.
/// Reading goes the same way back: a pattern is known by its text.
/// </summary>
internal static class SplitPattern
{
    private const string Letter = @"[\p{L}\p{M}]";

    public static string? Of(PreTokenizer preTokenizer, Spacing spacing)
    {
        var space = spacing is Spacing.Metaspace ? Spacing.MetaspaceCharacter : ' ';
        return preTokenizer switch
        {
            PreTokenizer.WordsAndSigns =>
                $@"{space}?{Letter}+(?:['’]{Letter}+)*|{space}?\p{{N}}|{space}?[^\p{{L}}\p{{M}}\p{{N}}\s▁]+|▁|\s",
            PreTokenizer.Spaces => $@"{space}?[^\s▁]+|▁|\s",
            PreTokenizer.Characters => @"[\s\S]",
            _ => null,
        };
    }

    public static PreTokenizer? Parse(string pattern, Spacing spacing)
    {
        foreach (PreTokenizer candidate in (PreTokenizer[])[new PreTokenizer.WordsAndSigns(), new PreTokenizer.Spaces(), new PreTokenizer.Characters()])
            if (Of(candidate, spacing) == pattern) return candidate;
        return null;
    }
}
