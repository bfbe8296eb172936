namespace Pellucid.Text.Tokenizers;

/// <summary>A text as tokens: one id, one piece and one range of the source text for each.</summary>
/// <param name="Ids">T ids, without begin and end of sentence.</param>
/// <param name="Pieces">The T pieces as the vocabulary spells them.</param>
/// <param name="Offsets">
/// T ranges in the source text, in UTF-16 characters. The pieces of one character's bytes share its range;
/// the space set before the first word has none of its own (length 0 if it is a piece by itself).
/// </param>
public sealed record TokenEncoding(int[] Ids, string[] Pieces, TextSpan[] Offsets);
