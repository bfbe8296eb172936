namespace Pellucid.Text.Tokenizers;

/// <summary>
/// How a tokenizer's file wants long texts cut. It is kept and written again, and not applied: nothing is cut here unless a caller
/// does so, and says it.
/// </summary>
/// <param name="MaximumLength">Tokens.</param>
/// <param name="Strategy">LongestFirst, OnlyFirst or OnlySecond: which text of a pair is cut.</param>
/// <param name="Stride">How many tokens neighbouring parts share.</param>
/// <param name="Left">Whether the beginning is cut off instead of the end.</param>
public sealed record Truncation(int MaximumLength, string Strategy = "LongestFirst", int Stride = 0, bool Left = false);

/// <summary>How a tokenizer's file wants a batch padded. It is kept and written again, and not applied.</summary>
/// <param name="Token">The padding token.</param>
/// <param name="Id">Its id.</param>
/// <param name="TypeId">The type of padding.</param>
/// <param name="Length">A fixed number of tokens; null: the longest of the batch.</param>
/// <param name="MultipleOf">Lengths are multiples of this; null: any.</param>
/// <param name="Left">Whether padding comes before the text.</param>
public sealed record Padding(string Token, int Id, int TypeId = 0, int? Length = null, int? MultipleOf = null, bool Left = false);
