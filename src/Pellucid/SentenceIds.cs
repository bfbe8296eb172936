using Pellucid.Text.Tokenizers;

namespace Pellucid;

/// <summary>How sentences become the ids that a translation model reads and writes; training and translating must agree on it.</summary>
public static class SentenceIds
{
    /// <summary>The source as the encoder reads it: the tokens, then the end token.</summary>
    public static int[] Source(Tokenizer tokenizer, IReadOnlyList<int> tokens) => [.. tokens, tokenizer.EndOfSentenceId];

    /// <summary>The target as the decoder is fed it: the begin token, then the tokens.</summary>
    public static int[] TargetInput(Tokenizer tokenizer, IReadOnlyList<int> tokens) => [tokenizer.BeginOfSentenceId, .. tokens];

    /// <summary>The target as the decoder is to answer it: the tokens, then the end token.</summary>
    public static int[] TargetOutput(Tokenizer tokenizer, IReadOnlyList<int> tokens) => [.. tokens, tokenizer.EndOfSentenceId];
}
